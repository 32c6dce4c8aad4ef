"""``callsieve lists protect``, ``unprotect`` and ``accept``: what rules may list, and what they would have listed."""

import typer

from streams.cli.lists.change import expiry, found_entries, made
from streams.cli.lists.common import BY_HAND, AnyScope, Days, Reason, Scope, Value, actor, moment
from streams.cli.options import Broker, Prefix, settings_of
from streams.clock import now_ms

FAILED = 1


def protect(
    value: Value,
    scope: Scope = "caller",
    days: Days = None,
    reason: Reason = BY_HAND,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Keep rules from ever listing a number, a range, a trunk or a campaign; its calls are judged as ever.

    A person may still list it. A recording that protected callers play, too, is only proposed: see `lists accept`. What
    is heard of a protected campaign lists nobody.
    """
    from msgspec.structs import replace

    from streams.lists.view import acts

    settings = settings_of(broker=broker, prefix=prefix)
    entry = made("protected", value, scope, reason, settings)
    entry = replace(entry, expires_ms=expiry(entry.created_ms, days))
    writer, listed = found_entries("black", value, scope, settings)
    writer.write(entry)
    typer.echo(f"{scope} {entry.value} is protected from rules")
    for black in listed:
        if acts(black, entry.created_ms):
            typer.echo(f"it is on the blacklist, by {black.actor}: 'callsieve lists remove black' takes it off")


def unprotect(
    value: Value, scope: AnyScope = None, reason: Reason = BY_HAND, broker: Broker = None, prefix: Prefix = None
) -> None:
    """Let rules list it again; harmless when it is not protected."""
    writer, found = found_entries("protected", value, scope, settings_of(broker=broker, prefix=prefix))
    for entry in found:
        writer.remove(entry, actor=actor(), reason=reason)
        typer.echo(f"{entry.scope} {entry.value} is protected no longer")
    if not found:
        typer.echo(f"that {scope or 'value'} is not protected")


def accept(
    value: Value,
    scope: AnyScope = None,
    days: Days = None,
    reason: Reason = BY_HAND,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Put in force what a rule has proposed: it acts, is renewed and expires as if the rule had listed it by itself.

    Rules propose in a dry run, and where a protected or whitelisted caller plays the recording, too: see them with
    `lists list --state proposed`. Turn a proposal down with `lists disable`. Status 1 when nothing of it is proposed.
    """
    from msgspec.structs import replace

    from streams.lists.actors import confirmed
    from streams.lists.view import over

    at_ms = now_ms()
    writer, found = found_entries("black", value, scope, settings_of(broker=broker, prefix=prefix))
    proposed = [entry for entry in found if entry.state == "proposed" and not over(entry, at_ms)]
    for entry in proposed:
        told = replace(
            entry,
            state="active",
            actor=confirmed(entry.actor, "accepted", actor()),
            reason=f"{entry.reason} (accepted: {reason})",
            expires_ms=expiry(at_ms, days) or entry.expires_ms,
        )
        writer.write(told)
        typer.echo(f"{told.kind} {told.scope} {told.value} is in force, expires {moment(told.expires_ms)} UTC")
    if not proposed:
        typer.echo("nothing of it is proposed", err=True)
        raise typer.Exit(FAILED)
