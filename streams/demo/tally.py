"""What the demo has heard so far, and how right it was."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from schemas.records import ListEntry, ReplayPart, Verdict
from streams.classify.current import CurrentVerdicts
from streams.demo.hearings import HearingFound, hearings_found
from streams.simulate.truth import Truth

ENOUGH: Final = 0.95  # of the calls must be labelled right


@dataclass(slots=True)
class Tally:
    """Verdicts and entries as they came.

    ``matches``: the best of each call with an earlier one. ``latencies_ms``: from the capture of a chunk's last sample
    to its verdict, chunks with audio only.
    """

    truth: Truth
    planted_hash: str
    current: CurrentVerdicts = field(default_factory=CurrentVerdicts)
    entries: dict[str, ListEntry] = field(default_factory=dict)
    campaigns: dict[str, set[str]] = field(default_factory=dict)
    matches: dict[str, ReplayPart] = field(default_factory=dict)
    latencies_ms: list[int] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    repeats: int = 0
    ended: set[str] = field(default_factory=set)

    def feed(self, verdict: Verdict) -> None:
        """Take in a verdict; a repeat is counted and otherwise ignored."""
        if verdict.id in self.seen:
            self.repeats += 1
            return
        self.seen.add(verdict.id)
        self.current.feed(verdict)
        if verdict.scope == "chunk" and verdict.coverage > 0:
            self.latencies_ms.append(verdict.judged_ms - verdict.captured_ms)
        if verdict.last:
            self.ended.add(verdict.stream_id)
        if verdict.cause == "replay":
            self.campaigns.setdefault(verdict.evidence_id, {verdict.evidence_id}).add(verdict.call_id)
            best = self.matches.get(verdict.call_id)
            if verdict.replay is not None and (best is None or verdict.replay.score > best.score):
                self.matches[verdict.call_id] = verdict.replay

    def label_of(self, call_id: str) -> str | None:
        """Label of a call as it stands; None when nothing was said of it."""
        try:
            return self.current[call_id].label
        except KeyError:
            return None

    def result(self) -> "Result":
        """How it ended, against the truth."""
        by_kind: dict[str, Counter[str]] = {}
        wrong: list[dict[str, str | None]] = []
        for call in self.truth.calls:
            label = self.label_of(call.call_id)
            right = label in call.labels
            by_kind.setdefault(call.kind, Counter())["right" if right else "wrong"] += 1
            if not right:
                wrong.append({"call_id": call.call_id, "kind": call.kind, "variant": call.variant, "label": label})
        heard_again = {c.call_id for c in self.truth.calls if (c.hearing or 0) >= 2}
        campaign = max(self.campaigns.values(), key=lambda calls: len(calls & heard_again), default=set())
        black = {e.value for e in self.entries.values() if e.kind == "black" and e.scope == "caller"}
        p50, p99 = np.percentile(self.latencies_ms, (50, 99)) if self.latencies_ms else (0.0, 0.0)
        return Result(
            calls=len(self.truth.calls),
            right=len(self.truth.calls) - len(wrong),
            by_kind={kind: (count["right"], count.total()) for kind, count in sorted(by_kind.items())},
            wrong=wrong,
            chunk_verdicts=len(self.latencies_ms),
            latency_p50_ms=float(p50),
            latency_p99_ms=float(p99),
            repeats=self.repeats,
            campaign_calls=len(campaign & heard_again),
            campaign_expected=len(heard_again),
            hearings=hearings_found(self.truth.calls, self.matches),
            planted_listed=self.planted_hash in black,
            others_listed=len(black - {self.planted_hash}),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """The demo's figures."""

    calls: int
    right: int
    by_kind: dict[str, tuple[int, int]]
    wrong: list[dict[str, str | None]]
    chunk_verdicts: int
    latency_p50_ms: float
    latency_p99_ms: float
    repeats: int
    campaign_calls: int
    campaign_expected: int
    hearings: list[HearingFound]
    planted_listed: bool
    others_listed: int

    @property
    def complaints(self) -> list[str]:
        """What went wrong; none when the demo has done what it promises."""
        found = []
        if self.right < ENOUGH * self.calls:
            found.append(f"only {self.right} of {self.calls} calls are labelled right, {ENOUGH:.0%} are wanted")
        if not self.planted_listed:
            found.append("the planted caller is not on the blacklist")
        if self.others_listed:
            found.append(f"{self.others_listed} callers are on the blacklist who should not be")
        if self.campaign_expected and not self.campaign_calls:
            found.append("the campaign was not found")
        return found
