"""``callsieve lists list``, ``keys`` and ``explain``: what is listed, under which key, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.cli.lists.common import Json, entry_object, moment, print_json, state
from streams.cli.options import Broker, Prefix, StoreUrl, settings_of
from streams.clock import now_ms
from streams.look.plain import printable

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry, ListScope
    from streams.lists import ListView
    from streams.lists.keyring import KeyUse
    from streams.settings import Settings
    from streams.store import Row

PLURALS: "Final[dict[ListScope, str]]" = {
    "caller": "callers",
    "campaign": "campaigns",
    "prefix": "ranges",
    "trunk": "trunks",
}
OfKind = Annotated[Literal["black", "white", "protected"] | None, typer.Option(help="only this list")]
OfScope = Annotated[Literal["caller", "prefix", "trunk", "campaign"] | None, typer.Option(help="only this scope")]


def list_entries(
    kind: OfKind = None,
    scope: OfScope = None,
    by: Annotated[
        str | None, typer.Option(help="only entries made by: rule, person, or one of them, as person:anna")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="proposed, disabled and expired entries, too")] = False,
    standing: Annotated[
        Literal["in-force", "proposed", "disabled", "expired"] | None,
        typer.Option("--state", help="only entries that stand so"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Show the entries in force, from list.entries itself."""
    settings, at_ms = settings_of(broker=broker, prefix=prefix), now_ms()
    view = _view(settings)
    entries = [entry for _, entry in view.items()]
    wanted = None if everything else (standing or "in-force").replace("-", " ")
    chosen = [
        entry
        for entry in entries
        if kind in (None, entry.kind)
        and scope in (None, entry.scope)
        and (by is None or entry.actor == by or entry.actor.startswith((f"{by}:", f"{by}@")))
        and wanted in (None, state(entry, at_ms))
    ]
    if as_json:
        for entry in chosen:
            print_json(entry_object(entry, at_ms))
        return
    for entry in chosen:
        _say(f"{entry.kind} {entry.scope:8} {entry.value}  {state(entry, at_ms)}, expires {moment(entry.expires_ms)}")
        _say(f"    {entry.actor}{f', key {entry.key_id}' if entry.key_id else ''}: {entry.reason}")
    typer.echo(f"{len(chosen)} of {len(entries)} entries; times are UTC")
    for line in limit_lines(view, settings, at_ms):
        typer.echo(line)
    _print_keys(Console(), _uses(settings, entries, at_ms), settings)


def keys(as_json: Json = False, broker: Broker = None, prefix: Prefix = None) -> None:
    """Tell how many unexpired entries rest under which key: when the key before is free to go."""
    settings, at_ms = settings_of(broker=broker, prefix=prefix), now_ms()
    uses = _uses(settings, _view(settings).entries(), at_ms)
    if as_json:
        import msgspec

        print_json(
            [{**msgspec.to_builtins(use), "free": _is_free(use, uses), "role": _role(use, settings)} for use in uses]
        )
        return
    _print_keys(Console(), uses, settings)


def explain(
    value: Annotated[
        str,
        typer.Argument(
            help="a number, a campaign id, a trunk, or a hash from `lists list`", metavar="VALUE", show_default=False
        ),
    ],
    as_json: Json = False,
    broker: Broker = None,
    prefix: Prefix = None,
    store: StoreUrl = None,
) -> None:
    """Tell why something is listed, or was: who or which rule, on what evidence, since when, and all that went before.

    What holds rules back is told, too: protections, the whitelist, limits.

    A number is looked up as a caller and by all its prefixes, under both keys while they are rotated.
    """
    from streams.lists.names import every_name_of

    settings, at_ms = settings_of(broker=broker, prefix=prefix, store=store), now_ms()
    names, view = every_name_of(value, settings), _view(settings)
    found = [entry for _, entry in view.items() if names.get(entry.value, "") in (None, entry.scope)]
    history, missing = _history(settings, list(names))
    if as_json:
        entries = [entry_object(entry, at_ms) for entry in found]
        limits = limit_lines(view, settings, at_ms)
        print_json({"entries": entries, "history": history, "no_history": missing, "limits": limits})
        return
    if not found:
        typer.echo("nothing that is listed speaks of it")
    for entry in found:
        _print_entry(entry, at_ms)
    _say("history:" if history else missing or "no history is kept of it")
    for row in history:
        _say(f"  {moment(row['recorded_ms'])}  {row['kind']} {row['scope']} {row['value']}: {_version(row)}")
    for line in limit_lines(view, settings, at_ms):
        typer.echo(line)


def _view(settings: "Settings") -> "ListView":
    from streams.lists.snapshot import read_lists
    from streams.registry_wait import open_schemas

    return read_lists(settings, open_schemas(settings))


def limit_lines(view: "ListView", settings: "Settings", at_ms: int) -> list[str]:
    """What rules have listed within the hour, where that is anything, and whether a limit stops them."""
    from streams.lists.guards import HOUR_MS
    from streams.lists.rules import Rules

    rules = Rules.load(Path(settings.rules) if settings.rules else None)
    lines = ["rules are in a dry run: what they would list is proposed"] if rules.dry_run else []
    for scope, plural in PLURALS.items():
        listed = view.listed_around(scope, at_ms, HOUR_MS)
        limit = None if rules.limits is None else rules.limits.of(scope)
        if listed:
            most = "" if limit is None else f" of at most {limit}"
            full = limit is not None and listed >= limit
            stop = ": no more are listed until the hour is over, and withheld_entries counts them" if full else ""
            lines.append(f"rules have listed {listed}{most} {plural} within an hour{stop}")
    return lines


def _history(settings: "Settings", values: list[str]) -> "tuple[list[Row], str | None]":
    """Every version of some values' entries that ClickHouse knows; or why there is none."""
    from streams.look import LookError
    from streams.look.store import existing_store
    from streams.store import StoreError
    from streams.store.queries import ask

    try:
        with existing_store(settings.store) as opened:
            return ask(opened, "history_of_values", values=values), None
    except (StoreError, LookError) as error:
        return [], f"no history, for no store can be asked: {error}"


def _uses(settings: "Settings", entries: "list[ListEntry]", at_ms: int) -> "list[KeyUse]":
    from streams.lists.keyring import uses_of

    return uses_of(entries, at_ms, settings.hmac_key_id, settings.hmac_old_key_id)


def _is_free(use: "KeyUse", uses: "list[KeyUse]") -> bool:
    """Whether no entry needs a key; one that does not say its key might."""
    return use.free and all(other.key_id for other in uses)


def _role(use: "KeyUse", settings: "Settings") -> str:
    if not use.key_id:
        return "not told"
    if use.key_id == settings.hmac_key_id:
        return "present"
    return "before" if use.key_id == settings.hmac_old_key_id else "not set here"


def _print_keys(console: Console, uses: "list[KeyUse]", settings: "Settings") -> None:
    table = Table(header_style="bold")
    for name in ("key", "", "in force", "disabled", "never expire", "last expires (UTC)"):
        table.add_column(name)
    for use in uses:
        last = moment(use.last_expires_ms) if use.last_expires_ms is not None else ""
        counts = (str(use.in_force), str(use.disabled), str(use.lasting))
        table.add_row(Text(printable(use.key_id)), _role(use, settings), *counts, last)
    if uses:
        console.print(table)
    for use in uses:
        if _role(use, settings) == "before":
            _say(f"key {use.key_id}: {_advice(use, _is_free(use, uses))}")


def _advice(use: "KeyUse", free: bool) -> str:
    if use.free and not free:
        return "no entry says that it needs it; some were made of a hash and may: remove them and add their numbers"
    if free:
        return "no entry needs it: unset CALLSIEVE_HMAC_OLD_KEY and _OLD_KEY_ID (docs/guides/keys.md)"
    if use.lasting:
        return f"{use.lasting} entries never expire: remove them and add them again, under the present key"
    return f"needed until {moment(use.last_expires_ms)} UTC"


def _say(line: str) -> None:
    typer.echo(printable(line))


def _print_entry(entry: "ListEntry", at_ms: int) -> None:
    _say(f"{entry.kind} {entry.scope} {entry.value}: {state(entry, at_ms)}")
    _say(f"  by {entry.actor}: {entry.reason}")
    _say(f"  since {moment(entry.created_ms)} UTC, expires {moment(entry.expires_ms)}")
    if entry.key_id:
        _say(f"  hashed with key {entry.key_id}")
    if entry.campaign:
        _say(f"  campaign {entry.campaign}, score {entry.score:.2f}, confidence {entry.confidence:.4f}")
    if entry.calls:
        _say(f"  heard in {len(entry.calls)} calls: {', '.join(entry.calls)}")


def _version(row: "dict[str, Any]") -> str:
    if row["removed"]:
        return "removed, or expired"
    score = f", score {row['score']:.2f}, confidence {row['confidence']:.4f}" if row["calls"] else ""
    evidence = f", {len(row['calls'])} calls of campaign {row['campaign']}{score}" if row["campaign"] else ""
    return f"{row['state']} by {row['actor']}: {row['reason']}{evidence}; expires {moment(row['expires_ms'])}"
