"""``callsieve lists``: entries by hand."""

import getpass
from typing import Annotated, Literal

import typer

from streams.cli.options import Broker, Prefix, settings_of
from streams.clock import now_ms

lists = typer.Typer(
    help="Put numbers and campaigns on the black- or whitelist, or take them off.", no_args_is_help=True
)

Kind = Annotated[Literal["black", "white"], typer.Argument(help="which list", show_default=False)]
Scope = Annotated[Literal["caller", "prefix", "trunk", "campaign"], typer.Option(help="what the value is")]
Value = Annotated[
    str,
    typer.Argument(help="a number in E.164, a prefix of 5 or more digits, a trunk or a campaign id", metavar="VALUE"),
]


@lists.command("add")
def add(
    kind: Kind,
    value: Value,
    scope: Scope = "caller",
    days: Annotated[float | None, typer.Option(help="expires after so many days; otherwise never", min=0.01)] = None,
    reason: Annotated[str, typer.Option(help="why, for whoever asks later")] = "by hand",
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Put an entry on a list, or replace it; the whitelist wins. Needs CALLSIEVE_HMAC_KEY, but for campaigns."""
    from schemas.records import ListEntry
    from streams.lists.entries import EntryWriter, hashed
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    created_ms = now_ms()
    entry = ListEntry(
        kind=kind,
        scope=scope,
        value=hashed(value, scope, settings),
        key_id=None if scope == "campaign" else settings.hmac_key_id,
        created_ms=created_ms,
        expires_ms=None if days is None else created_ms + round(days * 86_400_000),
        actor=f"person:{getpass.getuser()}",
        reason=reason,
    )
    EntryWriter(settings, open_schemas(settings).codec).write(entry)
    typer.echo(f"{kind} {scope} {entry.value} added")


@lists.command("remove")
def remove(kind: Kind, value: Value, scope: Scope = "caller", broker: Broker = None, prefix: Prefix = None) -> None:
    """Take an entry off its list; harmless when it is not on it."""
    from streams.lists.entries import EntryWriter, hashed
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    digest = hashed(value, scope, settings)
    EntryWriter(settings, open_schemas(settings).codec).remove(kind, scope, digest)
    typer.echo(f"{kind} {scope} {digest} removed")
