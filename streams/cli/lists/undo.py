"""``callsieve lists undo``: takes back the last change of an entry, or everything a rule has listed since a moment."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.lists.common import KINDS, AnyScope, Reason, Yes, actor, bar, moment, scoped_names, state
from streams.cli.options import Broker, Prefix, StoreUrl, settings_of
from streams.clock import now_ms
from streams.look.plain import printable

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry, ListScope
    from streams.lists import ListView
    from streams.lists.undo import Undo
    from streams.settings import Settings

UNDONE = "taken back"
FAILED = 1


def undo(
    value: Annotated[
        str | None,
        typer.Argument(help="whose last change: a number, a campaign id, a trunk, or a hash", show_default=False),
    ] = None,
    scope: AnyScope = None,
    kind: Annotated[
        Literal["black", "white", "protected"] | None, typer.Option(help="of which list", show_default=False)
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="what this rule has listed: repeated-recording, …", show_default=False)
    ] = None,
    since: Annotated[str, typer.Option(help="since when, with --rule: 10m, 1h, today, 2026-01-31T09:00")] = "1h",
    reason: Reason = UNDONE,
    yes: Yes = False,
    broker: Broker = None,
    prefix: Prefix = None,
    store: StoreUrl = None,
) -> None:
    """Take back the last change of an entry, or with --rule all that a rule has listed of late.

    An entry becomes what it was before, as the history in ClickHouse tells; a second undo takes the first back. That a
    rule renews its entry is no change. What a rule has listed is turned off until it expires, so that the rule does not
    list it again with the next call; what somebody has accepted stays. It asks before it takes back more than one.
    Status 1 when there is nothing to take back, or you say no.
    """
    settings = settings_of(broker=broker, prefix=prefix, store=store)
    if (value is None) == (rule is None):
        raise typer.BadParameter("name either what was changed, or a --rule")
    if rule is not None:
        _undo_rule(rule.replace("_", "-"), since, reason, settings, ask=not yes)
    elif value is not None:
        _undo_last(value, scope, kind, reason, settings)


def _undo_last(
    value: str,
    scope: "ListScope | None",
    kind: str | None,
    reason: str,
    settings: "Settings",
) -> None:
    from streams.lists.entries import EntryWriter
    from streams.lists.snapshot import read_lists
    from streams.lists.undo import brought_back
    from streams.registry_wait import open_schemas

    schemas = open_schemas(settings)
    names = scoped_names(value, scope, settings)
    change = _last_of(read_lists(settings, schemas), names, (kind,) if kind else KINDS, settings)
    writer = EntryWriter(settings, schemas.codec)
    _say(f"was: {_told(change.now)}")
    if change.before is not None:
        entry = brought_back(change.before, actor(), reason)
        writer.write(entry)
        _say(f"now: {_told(entry)}")
    elif change.now is not None:
        writer.remove(change.now, actor=actor(), reason=reason)
        _say("now: not listed, as before")
        if change.now.kind == "black" and change.now.campaign:
            _say("a rule may list it again when it is heard again; 'callsieve lists disable' keeps it off")


def _last_of(
    view: "ListView", names: "list[tuple[ListScope, str]]", kinds: tuple[str, ...], settings: "Settings"
) -> "Undo":
    """The newest change of any of some entries."""
    from schemas.ids import list_key
    from streams.lists.errors import ListsError
    from streams.lists.undo import last_change
    from streams.look.store import existing_store
    from streams.store.queries import ask

    wanted = {list_key(kind, scope, name) for kind in kinds for scope, name in names}
    versions: dict[str, list[dict[str, object]]] = {}
    with existing_store(settings.store) as opened:
        for row in ask(opened, "history_of_values", values=sorted({name for _, name in names})):
            key = list_key(row["kind"], row["scope"], row["value"])
            if key in wanted:
                versions.setdefault(key, []).append(row)
    if not versions:
        raise ListsError("no history is kept of it: there is nothing to take back")
    key = max(versions, key=lambda one: (int(str(versions[one][-1]["recorded_ms"])), one))
    return last_change(versions[key], view.get(key), now_ms())


def _undo_rule(rule: str, since: str, reason: str, settings: "Settings", *, ask: bool) -> None:
    from streams.lists.entries import EntryWriter, disabled
    from streams.lists.snapshot import read_lists
    from streams.lists.undo import made_by
    from streams.look.span import since_ms
    from streams.registry_wait import open_schemas

    known = ("repeated-recording", "shared-recording", "caller-range", "trunk")
    if rule not in known:
        raise typer.BadParameter(f"no rule is called so; there are {', '.join(known)}", param_hint="--rule")
    from_ms = since_ms(since, now_ms())
    schemas = open_schemas(settings)
    found = made_by(read_lists(settings, schemas).entries(), rule, from_ms)
    if not found:
        typer.echo(f"{rule} has listed nothing since {moment(from_ms)} UTC that nobody has confirmed", err=True)
        raise typer.Exit(FAILED)
    for entry in found[:5]:
        _say(f"  {_told(entry)}")
    if len(found) > 5:
        typer.echo(f"  and {len(found) - 5} more")
    typer.echo(f"{len(found)} entries by {rule} since {moment(from_ms)} UTC will be turned off until they expire")
    if ask:
        typer.confirm("Take them back?", abort=True)
    off = [disabled(entry, actor=actor(), reason=reason, expires_ms=entry.expires_ms) for entry in found]
    with bar("taking back", len(off)) as sent:
        EntryWriter(settings, schemas.codec).write_all(off, sent)
    typer.echo(f"{len(off)} entries turned off; to let the rule list one again: callsieve lists remove black …")


def _told(entry: "ListEntry | None") -> str:
    if entry is None:
        return "not listed"
    standing = state(entry, now_ms())
    return f"{entry.kind} {entry.scope} {entry.value} {standing}, by {entry.actor}: {entry.reason}"


def _say(line: str) -> None:
    typer.echo(printable(line))
