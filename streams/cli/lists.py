"""``callsieve lists``: entries by hand."""

import getpass
import time
from typing import Annotated, Literal

import typer

from streams.cli.options import Broker, Prefix, settings_of

lists = typer.Typer(
    help="Put numbers and campaigns on the black- or whitelist, or take them off.", no_args_is_help=True
)

Kind = Annotated[str, typer.Argument(help="black or white")]
Scope = Annotated[str, typer.Option(help="caller, prefix, trunk or campaign")]
Value = Annotated[str, typer.Argument(help="a number in E.164, a prefix of 5 or more digits, a trunk or a campaign id")]


def _named(kind: str, scope: str) -> tuple[Literal["black", "white"], Literal["caller", "prefix", "trunk", "campaign"]]:
    if kind not in ("black", "white"):
        raise typer.BadParameter("black or white", param_hint="KIND")
    if scope not in ("caller", "prefix", "trunk", "campaign"):
        raise typer.BadParameter("caller, prefix, trunk or campaign", param_hint="--scope")
    return kind, scope  # type: ignore[return-value]


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
    """Add an entry; the whitelist wins over the blacklist. Needs CALLSIEVE_HMAC_KEY for numbers."""
    from schemas.records import ListEntry
    from streams.list_entries import EntryWriter, hashed

    chosen, named = _named(kind, scope)
    settings = settings_of(broker=broker, prefix=prefix)
    now_ms = int(time.time() * 1000)
    entry = ListEntry(
        kind=chosen,
        scope=named,
        value=hashed(value, named, settings),
        key_id=None if named == "campaign" else settings.hmac_key_id,
        created_ms=now_ms,
        expires_ms=None if days is None else now_ms + round(days * 86_400_000),
        actor=f"person:{getpass.getuser()}",
        reason=reason,
    )
    EntryWriter(settings).write(entry)
    typer.echo(f"{kind} {scope} {entry.value} added")


@lists.command("remove")
def remove(kind: Kind, value: Value, scope: Scope = "caller", broker: Broker = None, prefix: Prefix = None) -> None:
    """Remove an entry."""
    from streams.list_entries import EntryWriter, hashed

    chosen, named = _named(kind, scope)
    settings = settings_of(broker=broker, prefix=prefix)
    digest = hashed(value, named, settings)
    EntryWriter(settings).remove(chosen, named, digest)
    typer.echo(f"{kind} {scope} {digest} removed")
