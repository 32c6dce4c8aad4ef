"""The report: what the calls of a span were, in sections of plain values."""

from datetime import datetime
from typing import Final

from streams.learning.drift import DAY_MS, Drift, drift
from streams.look.campaigns import Campaign, campaigns
from streams.look.sections import (
    EndedBy,
    EndedByOfLabel,
    Entry,
    LabelCount,
    Latency,
    OutcomeCount,
    Section,
    SpamType,
    Timeline,
    ToneCount,
    Totals,
    UnwantedKind,
    rows,
    step_of,
    timeline,
)
from streams.store import Store
from streams.store.queries import ask

AHEAD_MS: Final = 86_400_000  # captures that are played faster than they were made run ahead of the clock
TOP: Final = 10
DRIFT_DAYS: Final = 7  # of a longer report: each hour is a row of indices


class Report(Section, frozen=True, kw_only=True):
    """The calls since a moment; times in ms since 1970.

    Attributes
    ----------
    newest_ms
        When the newest verdict of all was captured, of whichever span; None where there is none.
    drift
        Of the last seven days at most, each hour against the day before all of them.
    dead_letters
        Records buried since then, by topic; None where Kafka does not answer.
    """

    since_ms: int
    made_ms: int
    newest_ms: int | None
    totals: Totals
    labels: list[LabelCount]
    spam_types: list[SpamType]
    over_time: Timeline
    campaigns: list[Campaign]
    new_entries: list[Entry]
    latency: list[Latency]
    tones: list[ToneCount]
    outcomes: list[OutcomeCount]
    unwanted: list[UnwantedKind]
    ended_by: list[EndedBy]
    ended_by_of_labels: list[EndedByOfLabel]
    drift: Drift
    dead_letters: dict[str, int] | None


def make_report(store: Store, *, since_ms: int, now_ms: int, dead_letters: dict[str, int] | None) -> Report:
    """Ask the store for all of it.

    Raises
    ------
    StoreError
        If the store fails.
    """
    span = {"since_ms": since_ms, "until_ms": now_ms + AHEAD_MS}
    newest = ask(store, "newest_verdict")[0]
    totals = rows(store, Totals, "totals", **span)[0]
    return Report(
        since_ms=since_ms,
        made_ms=now_ms,
        newest_ms=newest["newest_ms"] if newest["known"] else None,
        totals=totals,
        labels=rows(store, LabelCount, "calls_by_label", **span),
        spam_types=rows(store, SpamType, "spam_types", **span),
        over_time=_over_time(store, totals, span),
        campaigns=campaigns(store, since_ms=since_ms, limit=TOP, now_ms=now_ms),
        new_entries=rows(store, Entry, "new_entries", limit=TOP, **span),
        latency=rows(store, Latency, "latency_by_cause", **span),
        tones=rows(store, ToneCount, "tones_by_symbol", **span),
        outcomes=rows(store, OutcomeCount, "outcomes_by_label", **span),
        unwanted=rows(store, UnwantedKind, "unwanted_kinds", **span),
        ended_by=rows(store, EndedBy, "ended_by_result", **span),
        ended_by_of_labels=rows(store, EndedByOfLabel, "ended_by_result_of_labels", **span),
        drift=drift(store, since_ms=max(since_ms, now_ms - DRIFT_DAYS * DAY_MS), until_ms=now_ms + AHEAD_MS),
        dead_letters=dead_letters,
    )


def _over_time(store: Store, totals: Totals, span: dict[str, int]) -> Timeline:
    if not totals.calls:
        return Timeline(step_ms=1000, steps=[])
    first_ms = max(totals.first_ms, span["since_ms"])
    step_ms = step_of(first_ms, totals.last_ms)
    base_ms = _floor(first_ms, step_ms)
    counted = ask(store, "calls_over_time", base_ms=base_ms, step_ms=step_ms, **span)
    counts = {row["step"]: (row["calls"], row["flagged"]) for row in counted}
    return timeline(base_ms, totals.last_ms, step_ms, counts)


def _floor(moment_ms: int, step_ms: int) -> int:
    """The round local time at or before a moment."""
    ahead = datetime.fromtimestamp(moment_ms / 1000).astimezone().utcoffset()
    ahead_ms = round(ahead.total_seconds() * 1000) if ahead else 0
    return (moment_ms + ahead_ms) // step_ms * step_ms - ahead_ms
