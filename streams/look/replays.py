"""How campaigns go: by hour, by caller, by trunk, how soon they are stopped, and which stops look wrong."""

from typing import Final, TypeVar

import msgspec

from streams.look.campaigns import DAY_MS
from streams.look.sections import Section, Step, Timeline, rows, step_of, timeline
from streams.store import Store
from streams.store.queries import ask

AHEAD_MS: Final = DAY_MS  # captures that are played faster than they were made run ahead of the clock
MOST_STEPS: Final = 2_000
MOST_ROWS: Final = 20_000
S = TypeVar("S", bound=Section)
_EVERY: Final[dict[str, object]] = {"campaign": "", "campaigns": [""]}


class CampaignStep(Section, frozen=True, kw_only=True):
    """What was heard of campaigns in a step of time, by when they were first heard in each call."""

    at_ms: int
    campaigns: int
    calls: int
    callers: int
    new_campaigns: int


class CallerStep(Section, frozen=True, kw_only=True):
    """A campaign's calls and callers in a step of time; ``new_callers`` had not played it before."""

    campaign: str
    at_ms: int
    calls: int
    callers: int
    new_callers: int


class TrunkPart(Section, frozen=True, kw_only=True):
    """A campaign's calls over one trunk, "" where none is told; ``share`` of all its calls, 0 to 1."""

    campaign: str
    trunk: str
    calls: int
    callers: int
    share: float


class TouchedStep(Section, frozen=True, kw_only=True):
    """Calls that began in a step of time: all, those of campaigns, and what was done about those."""

    at_ms: int
    calls: int
    touched: int
    challenged: int
    blocked: int


class Delay(Section, frozen=True, kw_only=True):
    """Seconds from a campaign's first call to its first entry, challenge and block; None for what has not happened."""

    campaign: str
    calls: int
    first_ms: int
    entry_s: float | None
    challenge_s: float | None
    block_s: float | None


class Doubt(Section, frozen=True, kw_only=True):
    """An entry of a rule's that a person took back: ``doubt`` is whitelisted, protected or turned off."""

    scope: str
    value: str
    campaign: str
    rule: str
    listed_ms: int
    doubt: str
    changed_ms: int
    changed_by: str
    why: str
    stands: str


class Passed(Section, frozen=True, kw_only=True):
    """Calls of one caller that were stopped, by one cause, and passed the voice menu all the same."""

    caller: str
    cause: str
    action: str
    campaign: str
    calls: int
    last_ms: int


class ReplayStats(Section, frozen=True, kw_only=True):
    """All of it, since a moment; steps are ``step_ms`` long and counted from 1970 on."""

    since_ms: int
    made_ms: int
    step_ms: int
    by_step: list[CampaignStep]
    callers: list[CallerStep]
    trunks: list[TrunkPart]
    touched: list[TouchedStep]
    delays: list[Delay]
    doubts: list[Doubt]
    passed: list[Passed]

    @property
    def calls(self) -> int:
        """All calls of the span."""
        return sum(step.calls for step in self.touched)

    @property
    def calls_touched(self) -> int:
        """Those that belong to a campaign."""
        return sum(step.touched for step in self.touched)

    def over_time(self) -> Timeline:
        """Calls by step; those of campaigns are the flagged ones."""
        if not self.touched:
            return Timeline(step_ms=self.step_ms, steps=[])
        first, last = self.touched[0].at_ms, self.touched[-1].at_ms
        counts = {(step.at_ms - first) // self.step_ms: (step.calls, step.touched) for step in self.touched}
        return timeline(first, last, self.step_ms, counts)

    def callers_of(self, campaign: str) -> list[Step]:
        """A campaign's callers by step, steps without any too: all as calls, those who were new as flagged."""
        told = [step for step in self.callers if step.campaign == campaign]
        if not told:
            return []
        first, last = self.by_step[0].at_ms, self.by_step[-1].at_ms
        counts = {(step.at_ms - first) // self.step_ms: (step.callers, step.new_callers) for step in told}
        return timeline(first, last, self.step_ms, counts).steps


def replay_stats(
    store: Store, *, since_ms: int, now_ms: int, step_ms: int | None = None, limit: int = 10
) -> ReplayStats:
    """Ask the store for all of it.

    Parameters
    ----------
    store
        A migrated store.
    since_ms, now_ms
        Of the span, ms since 1970.
    step_ms
        Length of a step of time; the shortest round one that cuts the span into less than fifty, unless told.
    limit
        Of campaigns that delays are told of, and of doubtful entries and callers.

    Raises
    ------
    StoreError
        If the store fails.
    """
    step_ms = step_of(since_ms, now_ms) if step_ms is None else step_ms
    span: dict[str, object] = {"since_ms": since_ms, "until_ms": now_ms + AHEAD_MS} | _EVERY
    return ReplayStats(
        since_ms=since_ms,
        made_ms=now_ms,
        step_ms=step_ms,
        by_step=_stepped(store, CampaignStep, "campaigns_by_step", step_ms, span, MOST_STEPS),
        callers=_stepped(store, CallerStep, "campaign_callers_by_step", step_ms, span, MOST_ROWS),
        trunks=rows(store, TrunkPart, "campaign_trunks", **span, limit=MOST_ROWS),
        touched=_stepped(store, TouchedStep, "calls_touched", step_ms, span, MOST_STEPS),
        delays=_delays(store, span, limit),
        doubts=rows(store, Doubt, "entries_doubted", **span, limit=limit),
        passed=rows(store, Passed, "stopped_and_passed", **span, limit=limit),
    )


def _stepped(store: Store, kind: type[S], question: str, step_ms: int, span: dict[str, object], limit: int) -> list[S]:
    found = ask(store, question, **span, step_ms=step_ms, limit=limit)
    told = [{"at_ms": row.pop("step") * step_ms} | row for row in found]
    return msgspec.convert(told, list[kind])  # type: ignore[valid-type]


def _delays(store: Store, span: dict[str, object], limit: int) -> list[Delay]:
    return [
        Delay(
            campaign=row["campaign"],
            calls=row["calls"],
            first_ms=row["first_ms"],
            entry_s=_after(row["first_ms"], row["entry_ms"]),
            challenge_s=_after(row["first_ms"], row["challenged_ms"]),
            block_s=_after(row["first_ms"], row["blocked_ms"]),
        )
        for row in ask(store, "campaign_delays", **span, limit=limit)
    ]


def _after(first_ms: int, moment_ms: int) -> float | None:
    return (moment_ms - first_ms) / 1000 if moment_ms else None
