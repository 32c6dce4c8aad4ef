"""The page about whole calls: how soon they are known, and which of them are acted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from models.artifact import ModelInfo
from models.dataset.store import Dataset
from models.evaluation.calls.calls import CHUNK_S
from models.evaluation.calls.followed import FollowedCall, KindFigures, figures
from models.evaluation.calls.scripts import KINDS, SPOKEN
from models.evaluation.intervals import binomial_interval, upper_bound
from models.evaluation.page import Page
from models.evaluation.plots import lines
from models.evaluation.words import figure, interval, percent, trained_on

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN: Final = (
    "speech",
    "faint speech",
    "dead air, speech from 3 s",
    "ring-back, then speech",
    "hold music, then speech",
    "dead air",
    "fax",
)
_SECONDS: Final = np.arange(0.0, 10.01, 0.25)


@dataclass(frozen=True, slots=True)
class Robocall:
    """A real robocall as it was judged: after each chunk the chunk's label, the call's, and the action.

    Attributes
    ----------
    name : str
    steps : list of (end_s, chunk label, chunk probability, call label, action)
    """

    name: str
    steps: list[tuple[float, str, float, str, str]]

    @property
    def blocked(self) -> bool:
        """Whether any action was block."""
        return any(step[4] == "block" for step in self.steps)

    @property
    def heard_by_s(self) -> float:
        """When the call was first speech or recording; infinite if it never was."""
        return next((step[0] for step in self.steps if step[3] in {"speech", "recording"}), float("inf"))


@dataclass(frozen=True, slots=True)
class CallsReport:
    """What the page is made of.

    Attributes
    ----------
    model : ModelInfo
    policy : str
        Its version.
    dataset : Dataset
    seed : int
    side : str
        Of the split that the calls are made of.
    sources : dict of str to int
        Sound to number of groups it was drawn from.
    calls : list of FollowedCall
    robocalls : list of Robocall
    """

    model: ModelInfo
    policy: str
    dataset: Dataset
    seed: int
    side: str
    sources: dict[str, int]
    calls: list[FollowedCall]
    robocalls: list[Robocall]


def write_calls(report: CallsReport, folder: Path, command: str) -> Path:
    """Write the page and its picture; the page's path.

    Raises
    ------
    OSError
        If it can't be written.
    """
    page = Page("calls", "Whole calls, from second to second", command)
    page.facts(_facts(report))
    by_kind = {kind: [call for call in report.calls if call.made.script.kind == kind] for kind in KINDS}
    told = {kind: figures(kind, calls) for kind, calls in by_kind.items() if calls}
    page.text(
        "Every call goes as RTP packets, lost ones missing, through the cores of all roles in one process, as "
        "`callsieve scan` does. After each chunk of two seconds the call has a verdict. Intervals are of 95 %, call "
        "by call."
    )
    _targets(page, report, told)
    _sooner(page, told)
    page.plot("waits", _waits(by_kind), "Share of calls known for what they are, by seconds since they became it")
    _acted(page, told)
    _wrong(page, report.calls)
    _robocalls(page, report.robocalls)
    return page.write(folder)


def _facts(report: CallsReport) -> dict[str, object]:
    return {
        "model": f"`{report.model.version}`, {trained_on(report.model, report.dataset)}",
        "policy": f"version {report.policy}, as shipped",
        "data set": f"seed {report.dataset.seed}, SHA-256 of `dataset.json` `{report.dataset.sha256}`",
        "seed of the calls": report.seed,
        "calls": f"{len(report.calls):,} of 6 to 20 s, made of chunks of the {report.side} split and of tones",
        "sources": ", ".join(f"{name}: {count:,} groups" for name, count in report.sources.items()),
    }


def _targets(page: Page, report: CallsReport, told: dict[str, KindFigures]) -> None:
    throughout = [told[kind] for kind in ("speech", "faint speech") if kind in told]
    spoken = [told[kind] for kind in SPOKEN if kind in told]
    acted, calls = sum(one.acted for one in throughout), sum(one.calls for one in throughout)
    blocked, all_spoken = sum(one.blocked for one in spoken), sum(one.calls for one in spoken)
    rows: list[tuple[object, ...]] = [
        (
            "calls of speech throughout on which the policy acts (challenge or more)",
            "0",
            f"{_of(acted, calls)}; {_groups(report.calls)}",
        ),
        ("calls in which somebody speaks that are blocked", "0", _of(blocked, all_spoken)),
    ]
    rows += [
        (f"robocall {one.name}: blocked; speech or recording by", "no; 6 s",
         f"{'**yes**' if one.blocked else 'no'}; {one.heard_by_s:g} s")
        for one in report.robocalls
    ]  # fmt: skip
    page.text("## What was to be reached")
    page.table(("what", "to reach", "measured"), rows)


def _groups(calls: Sequence[FollowedCall]) -> str:
    """From how many talkers and lines the calls of speech throughout come."""
    of = [call for call in calls if call.made.script.kind in {"speech", "faint speech"}]
    count = len({source for call in of for source in call.made.sound.sources})
    return f"of {count:,} held-out groups (at most {percent(upper_bound(0, count))} % of groups, were none acted on)"


def _of(hits: int, n: int) -> str:
    return f"{hits} of {n:,} (at most {percent(upper_bound(hits, n))} % by 95 % bound)"


def _sooner(page: Page, told: dict[str, KindFigures]) -> None:
    page.text(
        "## How soon a call is known\n\nFrom the moment the call becomes what it stays (the first syllable, the first "
        "ring, its begin) to the first verdict that says so. A chunk of two seconds comes first, so 2 s is the least "
        "for what begins with the call. Right: verdicts of the call, after every chunk, that were the truth by then "
        "(what has sounded for half a second)."
    )
    rows = [
        (one.kind, one.calls, f"{one.settled} ({_share(one.settled, one.calls)})", _seconds(one.median_s),
         _seconds(one.late_s), f"{percent(one.right / max(one.steps, 1))} of {one.steps:,}")
        for one in told.values()
    ]  # fmt: skip
    page.table(("kind", "calls", "known in the end", "half by", "nine in ten by", "right, %"), rows)


def _acted(page: Page, told: dict[str, KindFigures]) -> None:
    page.text(
        "## Calls acted on\n\nChallenge or more, by kind. *Before anybody spoke*: until then the line was silent, and "
        "the policy asks such a caller to speak. *Wrongly*: somebody had spoken for half a second or more, or the "
        "label that led to it was not the truth."
    )
    rows = [
        (one.kind, one.calls, one.waited, one.acted, interval(binomial_interval(one.acted, one.calls)), one.blocked)
        for one in told.values()
    ]
    page.table(("kind", "calls", "before anybody spoke", "wrongly", "share, 95 %", "blocked"), rows)


def _wrong(page: Page, calls: Sequence[FollowedCall]) -> None:
    found = [call for call in calls if figures("", [call]).acted]
    if not found:
        return
    page.text("Those wrongly acted on, chunk by chunk:")
    page.table(
        ("call", "kind", "chunks", "call"),
        [
            (call.made.number, call.made.script.kind, ", ".join(one.label for one in call.chunks),
             ", ".join(f"{step.label} → {step.action}" for step in call.steps))
            for call in found[:20]
        ],
    )  # fmt: skip


def _robocalls(page: Page, robocalls: Sequence[Robocall]) -> None:
    page.text("## Two real robocalls\n\nBoth open with two seconds in which next to nothing is heard.")
    if not robocalls:
        page.text("They were not at hand when this page was made.")
    for one in robocalls:
        page.text(f"{one.name}:")
        page.table(
            ("until, s", "chunk", "probability", "call", "action"),
            [(f"{end:g}", label, figure(round(p, 2)), call, action) for end, label, p, call, action in one.steps[:6]],
        )


def _waits(by_kind: dict[str, list[FollowedCall]]) -> "Figure":
    curves = {
        kind: (_SECONDS, [float(np.mean([call.wait_s <= second for call in by_kind[kind]])) for second in _SECONDS])
        for kind in _SHOWN
        if by_kind.get(kind)
    }
    return lines(
        curves, x=f"seconds since (verdicts come every {CHUNK_S:g} s)", y="share of calls known", ours="speech"
    )


def _share(hits: int, n: int) -> str:
    return interval(binomial_interval(hits, n))


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if np.isfinite(value) else "never"
