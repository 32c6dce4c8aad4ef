"""The topics and, field by field, what stands in them."""

from typing import Any, Final

from pages.markdown import cell, code, table
from schemas.catalogue import plain_schema
from schemas.records import Chunk, Features, FrameBatch, ListEntry, Outcome, Record, Verdict
from streams import topics

_CALL: Final = "call_id"
_WRITTEN: Final[dict[str, tuple[type[Record], str, str]]] = {
    topics.FRAMES: (FrameBatch, f"none, with the partition of `{_CALL}` told; or `{_CALL}`", "taps"),
    topics.CHUNKS: (Chunk, f"`{_CALL}`", "window"),
    topics.FEATURES: (Features, f"`{_CALL}`", "spectrum, tones, fingerprint"),
    topics.VERDICTS: (Verdict, f"`{_CALL}`", "classify"),
    topics.SHADOW_VERDICTS: (Verdict, f"`{_CALL}`", "nobody yet: kept for a shadow model"),
    topics.ENTRIES: (ListEntry, "`kind:scope:value`; a null value takes the entry away", "fingerprint, people"),
    topics.OUTCOMES: (Outcome, f"`{_CALL}`", "whoever handles the calls"),
}


def page() -> str:
    """Make the page."""
    live = [spec for spec in topics.TOPICS if spec.name in _WRITTEN]
    if len(live) != len(_WRITTEN) or len(topics.TOPICS) != 2 * len(live):
        raise LookupError("docs/pages/topics.py does not know all topics")
    rows = [[code(spec.name), f"[{_name(spec.name)}](#{_name(spec.name).lower()})", _WRITTEN[spec.name][1], _kept(spec),
             _WRITTEN[spec.name][2]] for spec in live]  # fmt: skip
    parts = [
        "# Topics and records",
        "Every call topic has the same number of partitions, and a call's records stay on one of them: murmur2 of the "
        "call-id, `& 0x7fffffff`, modulo the number. `--prefix` goes before all names. `callsieve schema NAME` prints "
        "a record's whole Avro schema.",
        table(("topic", "record", "key", "kept", "written by"), rows),
        "Each topic has a dead-letter topic, its name and `.dlq`: what could not be used, as it came. "
        f"Audio is kept there for {_lasting(min(s.keep_ms or 0 for s in topics.TOPICS if s.keep_ms))}, "
        f"everything else for {_lasting(7 * topics.DAY_MS)} at most.",
    ]
    named: dict[str, Any] = {}
    for record_type in dict.fromkeys(found[0] for found in _WRITTEN.values()):
        _collect(plain_schema(record_type), named)
    values = dict.fromkeys(_name(spec.name) for spec in live)
    order = [*values, *sorted(named.keys() - values.keys())]
    parts += [_section(named[name], named) for name in order]
    return "\n\n".join(parts)


def _name(topic: str) -> str:
    return _WRITTEN[topic][0].__name__


def _kept(spec: topics.TopicSpec) -> str:
    return "the newest of each key" if spec.keep_ms is None else _lasting(spec.keep_ms)


def _lasting(keep_ms: int) -> str:
    days = keep_ms / topics.DAY_MS
    return f"{days:g} day{'s' if days != 1 else ''}" if days >= 1 else f"{keep_ms / topics.MINUTE_MS:g} minutes"


def _collect(node: Any, named: dict[str, Any]) -> None:
    """Gather records and enumerations by their short name."""
    if isinstance(node, list):
        for each in node:
            _collect(each, named)
    elif isinstance(node, dict):
        if node.get("type") in ("record", "enum"):
            named[node["name"].rpartition(".")[2]] = node
        for key in ("fields", "type", "items", "values"):
            _collect(node.get(key), named)


def _section(node: Any, named: dict[str, Any]) -> str:
    name = node["name"].rpartition(".")[2]
    head = f"## {name}\n\n{node.get('doc', '')}"
    if node["type"] == "enum":
        return f"{head}\n\nOne of {', '.join(code(symbol) for symbol in node['symbols'])}."
    rows = [
        [code(field["name"]), _type(field["type"], named), _default(field), cell(field.get("doc", ""))]
        for field in node["fields"]
    ]
    return f"{head}\n\n{table(('field', 'type', 'default', 'what it is'), rows)}"


def _default(field: Any) -> str:
    if "default" not in field:
        return ""
    given = field["default"]
    return code({True: "true", False: "false"}.get(given, given) if isinstance(given, bool) else
                "null" if given is None else given if given != "" else '""')  # fmt: skip


def _type(node: Any, named: dict[str, Any]) -> str:
    if isinstance(node, list):
        return " or ".join(_type(each, named) for each in node)
    if isinstance(node, dict):
        kind = node["type"]
        if kind == "array":
            return f"list of {_type(node['items'], named)}"
        if kind == "map":
            return f"map to {_type(node['values'], named)}"
        return _type(node["name"] if kind in ("record", "enum") else kind, named)
    short = str(node).rpartition(".")[2]
    return f"[{short}](#{short.lower()})" if short in named else short
