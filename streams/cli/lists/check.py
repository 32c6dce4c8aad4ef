"""``callsieve lists check``: for whoever blocks by number."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from streams.cli.lists.common import Json, moment, print_json
from streams.cli.options import Broker, Prefix, settings_of
from streams.clock import now_ms
from streams.look.plain import printable

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from streams.lists import ListHit
    from streams.policy import Policy

BLACK: Final = 3


def check(
    number: Annotated[
        str, typer.Argument(help="the calling number, or its hash", metavar="NUMBER", show_default=False)
    ],
    trunk: Annotated[str | None, typer.Option(help="where the call comes from, as the tap names it")] = None,
    campaign: Annotated[str | None, typer.Option(help="whose recording the call plays")] = None,
    as_json: Json = False,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Ask what the lists say of a number now, as a call by it would be judged; under both keys while they are rotated.

    Status 0: no entry, or a white one. Status 3: a black one acts. Status 1: it can't be told (no key, no Kafka).
    Status 2: the command is not understood. Where the policy allows such calls all the same, by a rule, its kill switch
    or a dry run, no entry acts: status 0.
    """
    from streams.lists.names import facts_of
    from streams.lists.snapshot import read_lists
    from streams.policy import Policy
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    facts = facts_of(number, trunk, settings)
    policy = Policy.load(Path(settings.policy) if settings.policy else None)
    view = read_lists(settings, open_schemas(settings))
    hit = view.match(facts, campaign, now_ms())
    found = _found(hit, policy)
    if as_json:
        print_json({**found, "entries": len(view), "lists": view.version})
    else:
        typer.echo(printable(_sentence(hit, found)))
    if found["black"]:
        raise typer.Exit(BLACK)


def _found(hit: "ListHit | None", policy: "Policy") -> dict[str, Any]:
    if hit is None:
        return {"black": False, "kind": None, "action": "allow", "dry_run": policy.dry_run}
    entry = hit.entry
    action = policy.decide(
        cause=hit.kind,
        label="recording" if entry.campaign else "undecided",
        probability=entry.confidence,
        chunks=1,
        phase="answered",
        entry=entry,
    )
    acted_on = entry.kind == "black" and action != "allow" and not policy.dry_run
    return {
        "black": acted_on,
        "kind": entry.kind,
        "action": action,
        "dry_run": policy.dry_run,
        "key": hit.key,
        "key_id": entry.key_id,
        "actor": entry.actor,
        "reason": entry.reason,
        "campaign": entry.campaign,
        "created_ms": entry.created_ms,
        "expires_ms": entry.expires_ms,
    }


def _sentence(hit: "ListHit | None", found: dict[str, Any]) -> str:
    if hit is None:
        return "no entry: allow"
    entry = hit.entry
    until = "" if entry.expires_ms is None else f", until {moment(entry.expires_ms)} UTC"
    dry = " (dry run)" if found["dry_run"] else ""
    return f"{entry.kind} {entry.scope} {entry.value}: {found['action']}{dry}; {entry.reason} ({entry.actor}{until})"
