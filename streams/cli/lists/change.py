"""``callsieve lists add``, ``remove`` and ``disable``: entries by hand; who did it and why is kept."""

import math
from typing import TYPE_CHECKING, Literal

import typer

from streams.cli.lists.common import BY_HAND, DAY_MS, AnyScope, Days, Kind, Reason, Scope, Value, actor, entries_of
from streams.cli.options import Broker, Prefix, settings_of
from streams.clock import now_ms

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry
    from streams.lists.entries import EntryWriter
    from streams.settings import Settings


def add(
    kind: Kind,
    value: Value,
    scope: Scope = "caller",
    days: Days = None,
    reason: Reason = BY_HAND,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Put an entry on a list, or replace it; the whitelist wins. Needs CALLSIEVE_HMAC_KEY, but for campaigns."""
    from msgspec.structs import replace

    from streams.lists.entries import EntryWriter
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    entry = made(kind, value, scope, reason, settings)
    entry = replace(entry, expires_ms=expiry(entry.created_ms, days))
    EntryWriter(settings, open_schemas(settings).codec).write(entry)
    typer.echo(f"{kind} {scope} {entry.value} added")


def remove(
    kind: Kind,
    value: Value,
    scope: AnyScope = None,
    reason: Reason = BY_HAND,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Take an entry off its list, under either key; harmless when it is not on it.

    A rule may make it again when the recording is heard again: see `lists disable`.
    """
    writer, found = found_entries(kind, value, scope, settings_of(broker=broker, prefix=prefix))
    for entry in found:
        writer.remove(entry, actor=actor(), reason=reason)
        typer.echo(f"{kind} {entry.scope} {entry.value} removed")
    if not found:
        typer.echo(f"that {scope or 'value'} is not on the {kind}list")
    elif kind == "black" and any(entry.campaign for entry in found):
        typer.echo("a rule may list it again when it is heard again; 'callsieve lists disable' keeps it off")


def disable(
    kind: Kind,
    value: Value,
    scope: AnyScope = None,
    days: Days = None,
    reason: Reason = BY_HAND,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Turn an entry off and keep it, so that no rule makes it again; `lists add` turns it on.

    Works for what is not listed yet, too.
    """
    settings = settings_of(broker=broker, prefix=prefix)
    writer, found = found_entries(kind, value, scope, settings)
    expires_ms = expiry(now_ms(), days)
    for entry in found or [made(kind, value, scope or _scope_of(value), reason, settings)]:
        writer.disable(entry, actor=actor(), reason=reason, expires_ms=expires_ms)
        typer.echo(f"{kind} {entry.scope} {entry.value} disabled")


def _scope_of(value: str) -> Literal["caller"]:
    """What a value that is not listed yet must be, where nobody says it: a number, or it could be anything."""
    from streams.numbers import normalise

    if not normalise(value):
        raise typer.BadParameter("it is not listed yet: say what it is", param_hint="--scope")
    return "caller"


def made(
    kind: Literal["black", "white", "protected"], value: str, scope: Scope, reason: str, settings: "Settings"
) -> "ListEntry":
    """A new entry under the present key, by whoever runs the command, without an end."""
    from schemas.records import ListEntry
    from streams.lists.names import names_of

    name = names_of(value, scope, settings)[0]
    return ListEntry(
        kind=kind,
        scope=scope,
        value=name.value,
        key_id=name.key_id,
        prefixes=list(name.prefixes) if kind != "black" else [],
        created_ms=now_ms(),
        actor=actor(),
        reason=reason,
    )


def found_entries(
    kind: str, value: str, scope: AnyScope, settings: "Settings"
) -> "tuple[EntryWriter, list[ListEntry]]":
    """The entries of a value, under each key, and what writes them."""
    from streams.lists.entries import EntryWriter
    from streams.lists.snapshot import read_lists
    from streams.registry_wait import open_schemas

    schemas = open_schemas(settings)
    found = entries_of(read_lists(settings, schemas), value, scope, settings, (kind,))
    return EntryWriter(settings, schemas.codec), found


def expiry(from_ms: int, days: float | None) -> int | None:
    """When an entry expires that lasts so many days from a moment; None: never."""
    if days is None:
        return None
    if math.isnan(days):  # which is in every range
        raise typer.BadParameter("no number of days", param_hint="--days")
    return from_ms + round(days * DAY_MS)
