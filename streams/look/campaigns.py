"""Campaigns: recordings heard in several calls, and all that is known of one."""

from typing import Any, Final

import msgspec

from streams.look import LookError
from streams.look.sections import Entry, Section, Timeline, rows, step_of, timeline
from streams.store import Store
from streams.store.queries import ask

EVER_MS: Final = 2**53
MOST_CALLS: Final = 1_000


class Campaign(Section, frozen=True, kw_only=True):
    """A recording in short: its calls and callers, the first one's too, and how well it matched at best."""

    campaign: str
    calls: int
    callers: int
    chunks: int
    first_ms: int
    last_ms: int
    best_score: float
    listed: tuple[str, ...] = ()


class Member(Section, frozen=True, kw_only=True):
    """A call the recording was heard in.

    ``matched_chunk`` and ``offset_s``: the call's chunk that matched best, and where in ``matched_call_id`` it falls;
    None for the first call, which matched nobody before it.
    """

    call_id: str
    caller: str
    chunks: int
    first_ms: int
    last_ms: int
    label: str = ""
    action: str = ""
    cause: str = ""
    matched_call_id: str | None = None
    matched_chunk: int | None = None
    score: float | None = None
    offset_s: float | None = None


class CampaignStory(Section, frozen=True, kw_only=True):
    """All that is known of a campaign."""

    campaign: Campaign
    members: list[Member]
    timeline: Timeline
    entries: list[Entry]


def campaigns(store: Store, *, since_ms: int = 0, campaign: str = "", limit: int = 1, now_ms: int) -> list[Campaign]:
    """Campaigns heard since a moment, or one of them, those of most calls first.

    ``listed`` tells which entries in force they led to.

    Raises
    ------
    StoreError
        If the store fails.
    """
    span = {"since_ms": since_ms, "until_ms": EVER_MS}
    found = rows(store, Campaign, "campaigns_heard", campaign=campaign, limit=limit, **span)
    in_force = ask(store, "entries_in_force", now_ms=now_ms)
    return [_with_entries(each, in_force) for each in found]


def _with_entries(campaign: Campaign, in_force: list[dict[str, Any]]) -> Campaign:
    identity = campaign.campaign
    listed = tuple(
        f"{row['kind']} {row['scope']}"
        for row in in_force
        if row["campaign"] == identity or (row["scope"] == "campaign" and row["value"] == identity)
    )
    return msgspec.structs.replace(campaign, listed=listed)


def campaign_story(store: Store, begin: str, *, now_ms: int) -> CampaignStory:
    """All that is known of the campaign whose id begins so.

    Raises
    ------
    LookError
        If no campaign's id, or more than one, begins so.
    StoreError
        If the store fails.
    """
    identity = _named(store, begin)
    ever = {"since_ms": 0, "until_ms": EVER_MS}
    campaign = campaigns(store, campaign=identity, now_ms=now_ms)[0]
    step_ms = step_of(campaign.first_ms, campaign.last_ms)
    counted = ask(store, "campaign_over_time", campaign=identity, base_ms=campaign.first_ms, step_ms=step_ms)
    return CampaignStory(
        campaign=campaign,
        members=_members(store, identity, ever),
        timeline=timeline(
            campaign.first_ms, campaign.last_ms, step_ms, {row["step"]: (row["calls"], 0) for row in counted}
        ),
        entries=rows(store, Entry, "entries_of_campaign", campaign=identity),
    )


def _named(store: Store, begin: str) -> str:
    names = [str(row["campaign"]) for row in ask(store, "campaigns_called", begin=begin, limit=10)] if begin else []
    if begin in names or len(names) == 1:
        return begin if begin in names else names[0]
    if not names:
        raise LookError(f"no campaign's id begins with {begin[:40]!r}: see 'callsieve campaigns list'")
    raise LookError(f"several campaigns' ids begin with {begin[:40]!r}: {', '.join(names)}")


def _members(store: Store, identity: str, ever: dict[str, int]) -> list[Member]:
    members = ask(store, "members_of_campaign", campaign=identity, limit=MOST_CALLS)
    matched = {row["call_id"]: row for row in ask(store, "calls_of_campaign", campaign=identity, limit=10 * MOST_CALLS)}
    judged = {row["call_id"]: row for row in ask(store, "verdicts_of_campaign", campaign=identity, **ever)}
    return [
        Member(
            call_id=row["call_id"],
            caller=row["heard_from"],
            chunks=row["chunks"],
            first_ms=row["first_ms"],
            last_ms=row["last_ms"],
            **{name: judged[row["call_id"]][name] for name in ("label", "action", "cause") if row["call_id"] in judged},
            **_match(matched.get(row["call_id"])),
        )
        for row in members
    ]


def _match(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "matched_call_id": row["matched_call_id"],
        "matched_chunk": row["chunk"],
        "score": row["score"],
        "offset_s": row["offset_s"],
    }
