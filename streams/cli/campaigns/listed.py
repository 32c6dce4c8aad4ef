"""``callsieve campaigns allow`` and ``block``: a person's word on a recording."""

from typing import Final, Literal

import typer

from streams.cli.campaigns.looking import Campaign
from streams.cli.lists.common import BY_HAND, Days, Reason, actor
from streams.cli.options import Broker, Prefix, StoreUrl, settings_of
from streams.clock import now_ms

_DONE: Final = {"white": "allowed", "black": "blocked"}


def allow(
    campaign: Campaign,
    reason: Reason = BY_HAND,
    days: Days = None,
    store: StoreUrl = None,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Whitelist a recording: an announcement, hold music, an alarm. Whoever plays it is not acted on for it.

    No rule lists it or its callers for it any more, and the whitelist wins over the blacklist. The calls that stand for
    it stay in the index as long as the entry lasts, so it is known again after months of silence. `callsieve lists
    remove white ID` takes it back. Needs Kafka and the store.

    Look at what its calls share first (`campaigns show`): where that is a beginning alone, whatever follows is allowed
    with it.
    """
    _put("white", campaign, reason, days, store, broker, prefix)


def block(
    campaign: Campaign,
    reason: Reason = BY_HAND,
    days: Days = None,
    store: StoreUrl = None,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Blacklist a recording, whoever plays it. Unlike a rule's entry, which challenges, a person's blocks.

    As the policy says. The calls that stand for it stay in the index as long as the entry lasts. `callsieve lists
    remove black ID` takes it back. Needs Kafka and the store.
    """
    _put("black", campaign, reason, days, store, broker, prefix)


def _put(
    kind: Literal["black", "white"],
    begin: str,
    reason: str,
    days: float | None,
    store: str | None,
    broker: str | None,
    prefix: str | None,
) -> None:
    from schemas.records import ListEntry
    from streams.campaigns import Campaigns
    from streams.campaigns.keeping import FOR_EVER, keep
    from streams.cli.lists.change import expiry
    from streams.lists.entries import EntryWriter
    from streams.lists.rule import MOST_CALLS
    from streams.look.campaigns import named
    from streams.look.store import migrated_store
    from streams.registry_wait import open_schemas
    from streams.store.base import day_of

    settings = settings_of(store=store, broker=broker, prefix=prefix)
    now = now_ms()
    expires_ms = expiry(now, days)
    with migrated_store(settings.store) as opened:
        root = named(opened, begin)
        known = Campaigns(opened)
        calls = list(dict.fromkeys(hearing.call_id for hearing in known.hearings(root)))
        shape = known.shape(root)
        writer = EntryWriter(settings, open_schemas(settings).codec)
        keep(opened, root, until=FOR_EVER if expires_ms is None else min(day_of(expires_ms), FOR_EVER))
    entry = ListEntry(
        kind=kind,
        scope="campaign",
        value=root,
        campaign=root,
        calls=calls[:MOST_CALLS],
        created_ms=now,
        expires_ms=expires_ms,
        actor=actor(),
        reason=reason,
    )
    writer.write(entry)
    typer.echo(f"{kind} campaign {root} added: heard in {len(calls)} calls")
    if shape.kind in ("beginning", "part", "parts"):
        typer.echo(f"note: its calls share {shape.words}; what they don't share is {_DONE[kind]} with it", err=True)
