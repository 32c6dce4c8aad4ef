"""The tables and views in ClickHouse, and the questions by name."""

import re
from importlib.resources import files
from typing import Final

from pages.markdown import cell, code, table
from streams.store.migrations import packaged_migrations

_CREATED: Final = re.compile(r"CREATE (TABLE|VIEW) (?:IF NOT EXISTS )?(\w+)")
_ADDED: Final = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (?:IF NOT EXISTS )?(\w+) ((?:[^;,(]|\([^)]*\))+)")
_HEAD: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_MARKER: Final = re.compile(r"\{\{\s*(\w+)\s*(?::\s*([^{}]+?)\s*)?\}\}")
_WORDS: Final = {"word": "LowCardinality(String)", "codec": r"CODEC(\2)", "ttl": r"TTL \2", "moment": "DateTime64(3)"}


def page() -> str:
    """Make the page."""
    parts = [
        "# Tables and questions",
        "What `callsieve migrate` makes. Types are those of a current ClickHouse; older servers have plainer ones. "
        "Tables keep the newest of equal rows, and questions count each id once, so that repeats do not show.",
        *(_table(name, *found) for name, found in _tables().items()),
        "## Questions by name",
        "`streams.store.queries.ask` puts them; `%(name)s` is a parameter, times are milliseconds since 1970, and "
        "`{{name}}` stands for another question.",
        *_questions(),
    ]
    return "\n\n".join(parts)


def _tables() -> dict[str, tuple[str, str, str]]:
    """Find tables and views by name, as the last migration leaves them: kind, comment and SQL."""
    found: dict[str, tuple[str, str, str]] = {}
    added: dict[str, list[str]] = {}
    for migration in packaged_migrations():
        for statement in re.split(r";\s*(?:\n|$)", migration.text):
            comment = " ".join(line[2:].strip() for line in statement.splitlines() if line.startswith("--"))
            sql = "\n".join(line for line in statement.splitlines() if not line.startswith("--")).strip()
            if created := _CREATED.match(sql):
                found[created.group(2)] = (created.group(1).lower(), comment, sql)
            for name, column, kind in _ADDED.findall(sql):
                added.setdefault(name, []).append(f"    {column} {' '.join(kind.split())},")
    for name, columns in added.items():
        if name in found:
            kind, comment, sql = found[name]
            found[name] = (kind, comment, sql.replace("(\n", "(\n" + "\n".join(columns) + "\n", 1))
    return found


def _table(name: str, kind: str, comment: str, sql: str) -> str:
    head = f"## {name}\n\n{comment}"
    if kind == "view" or "(\n" not in sql:  # it has another table's columns
        return f"{head}\n\n```sql\n{_plain(sql)}\n```"
    body, _, rest = sql.partition("(\n")[2].partition("\n)")
    rows = []
    for line in re.sub(r"\(\n\s+(.*?)\n\s+\)", r"(\1)", body, flags=re.DOTALL).splitlines():
        column, _, kind_of = _plain(line).strip().rstrip(",").partition(" ")
        if column:
            rows.append([code(column), code(kind_of.partition(" MATERIALIZED")[0].partition(" CODEC")[0])])
    engine = cell(_plain(rest)).strip()
    return f"{head}\n\n{table(('column', 'type'), rows)}\n{code(engine)}"


def _plain(sql: str) -> str:
    """Put in what a current server gets for the markers of a migration."""
    return _MARKER.sub(lambda m: m.expand(_WORDS[m.group(1)]) if m.group(1) in _WORDS else m.group(0), sql)


def _questions() -> list[str]:
    text = files("schemas").joinpath("clickhouse", "queries.sql").read_text(encoding="utf-8")
    found = _HEAD.split(text)
    shown = []
    for name, body in zip(found[1::2], found[2::2], strict=True):
        comment = " ".join(line[2:].strip() for line in body.splitlines() if line.startswith("--"))
        sql = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
        inner = "\n".join(f"    {line}" for line in f"```sql\n{sql}\n```".splitlines())
        shown.append(f'### {name}\n\n{comment}\n\n??? note "SQL"\n\n{inner}')
    return shown
