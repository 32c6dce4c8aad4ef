"""Campaigns: recordings heard in several calls, and all that is known of one."""

from typing import Any, Final

import msgspec

from streams.campaigns import Campaigns
from streams.look import LookError
from streams.look.sections import Entry, Section, Timeline, rows, step_of, timeline
from streams.store import Store
from streams.store.queries import ask

EVER_MS: Final = 2**53
MOST_CALLS: Final = 1_000
MOST_WINDOWS: Final = 400
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
HOURLY_MS: Final = 3 * DAY_MS  # a campaign that was heard for longer is counted by day


class Campaign(Section, frozen=True, kw_only=True):
    """A recording in short: what is distinct of its calls, the first one too, and how well it matched at best.

    ``shape``: what its calls share of the recording: ``whole``, ``beginning``, ``part``, ``parts``, ``short`` (heard
    for too short a time to tell) or ``unknown``. ``aliases``: campaigns that were merged into it.
    """

    campaign: str
    calls: int
    callers: int
    callees: int = 0
    trunks: int = 0
    chunks: int
    first_ms: int
    last_ms: int
    best_score: float
    listed: tuple[str, ...] = ()
    shape: str = ""
    aliases: tuple[str, ...] = ()


class Member(Section, frozen=True, kw_only=True):
    """A call the recording was heard in.

    ``matched_chunk`` and ``offset_s``: the call's chunk that matched best, and where in ``matched_call_id`` it falls;
    ``shared_s``: from which second of the call to which they agree; ``pitch`` and ``tempo``: its own over the matched
    call's. None for a call that was only matched by others, as the first one is.
    """

    call_id: str
    caller: str
    chunks: int
    first_ms: int
    last_ms: int
    callee: str = ""
    trunk: str = ""
    label: str = ""
    action: str = ""
    cause: str = ""
    matched_call_id: str | None = None
    matched_chunk: int | None = None
    score: float | None = None
    offset_s: float | None = None
    pitch: float | None = None
    tempo: float | None = None
    shared_s: tuple[float, float] | None = None


class Window(Section, frozen=True, kw_only=True):
    """What is distinct of the calls of one hour or day."""

    at_ms: int
    calls: int
    callers: int
    callees: int
    trunks: int


class SharedPart(Section, frozen=True, kw_only=True):
    """Seconds of the recording, on the time of the call that stands for it; how many calls hold them, of how many."""

    start_s: float
    end_s: float
    calls: int
    heard: int


class CampaignStory(Section, frozen=True, kw_only=True):
    """All that is known of a campaign.

    ``windows`` are hours, or days where it was heard for longer than three days; ``parts`` what is shared of the
    recording on the time of the call ``reference``, ``shape_words`` the same for people.
    """

    campaign: Campaign
    members: list[Member]
    timeline: Timeline
    entries: list[Entry]
    window_ms: int
    windows: list[Window]
    parts: list[SharedPart]
    reference: str
    shape_words: str


def campaigns(store: Store, *, since_ms: int = 0, campaign: str = "", limit: int = 1, now_ms: int) -> list[Campaign]:
    """Campaigns heard since a moment, or one of them by any of its ids, those of most calls first.

    ``listed`` tells which entries in force they led to.

    Raises
    ------
    StoreError
        If the store fails.
    """
    known = Campaigns(store)
    span = {"since_ms": since_ms, "until_ms": EVER_MS}
    ids = [campaign, *known.aliases(campaign)] if campaign else [""]
    found = rows(store, Campaign, "campaigns_heard", campaign=campaign, campaigns=ids, limit=limit, **span)
    in_force = ask(store, "entries_in_force", now_ms=now_ms)
    return [_described(each, known, in_force) for each in found]


def _described(campaign: Campaign, known: Campaigns, in_force: list[dict[str, Any]]) -> Campaign:
    aliases = known.aliases(campaign.campaign)
    ids = {campaign.campaign, *aliases}
    listed = tuple(
        f"{row['kind']} {row['scope']}"
        for row in in_force
        if row["campaign"] in ids or (row["scope"] == "campaign" and row["value"] in ids)
    )
    shape = known.shape(campaign.campaign).kind
    return msgspec.structs.replace(campaign, listed=listed, shape=shape, aliases=tuple(aliases))


def campaign_story(store: Store, begin: str, *, now_ms: int) -> CampaignStory:
    """All that is known of the campaign one of whose ids begins so.

    Raises
    ------
    LookError
        If no campaign's id begins so, or those of more than one do.
    StoreError
        If the store fails.
    """
    identity = named(store, begin)
    campaign = campaigns(store, campaign=identity, now_ms=now_ms)[0]
    ids = [identity, *campaign.aliases]
    step_ms = step_of(campaign.first_ms, campaign.last_ms)
    counted = ask(store, "campaign_over_time", campaigns=ids, base_ms=campaign.first_ms, step_ms=step_ms)
    window_ms = HOUR_MS if campaign.last_ms - campaign.first_ms < HOURLY_MS else DAY_MS
    shape = Campaigns(store).shape(identity)
    return CampaignStory(
        campaign=campaign,
        members=_members(store, ids),
        timeline=timeline(
            campaign.first_ms, campaign.last_ms, step_ms, {row["step"]: (row["calls"], 0) for row in counted}
        ),
        entries=rows(store, Entry, "entries_of_campaign", campaigns=ids),
        window_ms=window_ms,
        windows=_windows(store, ids, window_ms),
        parts=[
            SharedPart(start_s=part.start_s, end_s=part.end_s, calls=part.calls, heard=part.heard)
            for part in shape.parts
        ],
        reference=shape.reference,
        shape_words=shape.words,
    )


def named(store: Store, begin: str) -> str:
    """The present id of the campaign one of whose ids begins so.

    Raises
    ------
    LookError
        If no campaign's id begins so, or those of more than one do.
    StoreError
        If the store fails.
    """
    names = [str(row["campaign"]) for row in ask(store, "campaigns_called", begin=begin, limit=10)] if begin else []
    if not names:
        raise LookError(f"no campaign's id begins with {begin[:40]!r}: see 'callsieve campaigns list'")
    roots = Campaigns(store).roots(names)
    if begin in roots:
        return roots[begin]
    if len(set(roots.values())) == 1:
        return roots[names[0]]
    raise LookError(f"several campaigns' ids begin with {begin[:40]!r}: {', '.join(names)}")


def _windows(store: Store, ids: list[str], window_ms: int) -> list[Window]:
    counted = ask(
        store,
        "campaign_windows",
        campaign=ids[0],
        campaigns=ids,
        step_ms=window_ms,
        limit=MOST_WINDOWS,
        since_ms=0,
        until_ms=EVER_MS,
    )
    return [
        Window(at_ms=row["step"] * window_ms, **{name: row[name] for name in ("calls", "callers", "callees", "trunks")})
        for row in counted
    ]


def _members(store: Store, ids: list[str]) -> list[Member]:
    ever = {"since_ms": 0, "until_ms": EVER_MS}
    members = ask(store, "members_of_campaign", campaigns=ids, limit=MOST_CALLS)
    matched = {row["call_id"]: row for row in ask(store, "calls_of_campaign", campaigns=ids, limit=10 * MOST_CALLS)}
    judged = {row["call_id"]: row for row in ask(store, "verdicts_of_campaign", campaigns=ids, **ever)}
    return [
        Member(
            call_id=row["call_id"],
            caller=row["heard_from"],
            callee=row["callee"],
            trunk=row["trunk"],
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
        "pitch": row["pitch"],
        "tempo": row["tempo"],
        "shared_s": (row["query_start_s"], row["query_end_s"]),
    }
