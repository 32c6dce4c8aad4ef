"""What was to be reached in telling dead air, and whether it is: from the figures, never by hand."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.comparing import recall_at
from models.evaluation.hard import SPEECH_FLOOR_DBFS
from models.evaluation.silence import RATE, SilenceReport
from models.evaluation.words import figure, one_in, rate

# set before anything was measured
RECALL: Final = 0.97
HARD_RATE: Final = 0.01
SILENCES: Final = 10_000
SPEECH_CHUNKS: Final = 1 / 500
SPEECH_RECORDINGS: Final = 1 / 250


@dataclass(frozen=True, slots=True)
class Target:
    """Something to reach: what, how much of it, what was measured, and whether that is enough."""

    what: str
    wanted: str
    measured: str
    reached: bool


def targets(report: SilenceReport) -> list[Target]:
    """Compare what was measured with what was to be reached."""
    speech = report.speech
    everything = np.ones(report.truth.size, dtype=np.bool_)
    recall, false, hard = report.ours.recall, report.ours.false_positives, report.hard_false_positives
    seen, called, in_all = _silence_counts(report)
    return [
        Target(
            "dead air against everything else",
            f"recall at least {RECALL} at a false-positive rate of at most {RATE:g}",
            f"{figure(recall.value)} at {rate(false)}; {_along(report, everything, RATE)}",
            recall.value >= RECALL and false.value <= RATE,
        ),
        Target(
            "the hard set, at the same threshold",
            f"recall at least {RECALL} at a false-positive rate of at most {HARD_RATE:.0%}",
            f"{figure(recall.value)} at {rate(hard)}; {_along(report, report.hard | report.truth, HARD_RATE)}",
            recall.value >= RECALL and hard.value <= HARD_RATE,
        ),
        Target(
            "digital silence, lost packets or silence before speech called dead air",
            f"0 in {SILENCES:,}",
            f"{called} in {seen:,}{' (train and test together)' if in_all else ''}",
            called == 0 and seen >= SILENCES,
        ),
        Target(
            f"speech of {SPEECH_FLOOR_DBFS:g} dBFS and more called what the policy acts on ({_acts(report)})",
            "0 seen; below 1 in 500 chunks and 1 in 250 recordings",
            f"{speech.hits} of {speech.n:,} (below 1 in {one_in(speech.chunk_bound)}), in {speech.hit_recordings} of "
            f"{speech.all_recordings:,} recordings (below 1 in {one_in(speech.recording_bound)})",
            speech.hits == 0 and speech.chunk_bound <= SPEECH_CHUNKS and speech.recording_bound <= SPEECH_RECORDINGS,
        ),
    ]


def _along(report: SilenceReport, among: NDArray[np.bool_], false: float) -> str:
    found = recall_at(report.ours.scores[among], report.truth[among], false)
    return f"along its curve {figure(found)} at {false:g}, by a threshold that nobody set beforehand"


def _acts(report: SilenceReport) -> str:
    return "; ".join(f"{', '.join(labels)}: {action}" for action, labels in report.acted_on.items()) or "nothing"


def _silence_counts(report: SilenceReport) -> tuple[int, int, bool]:
    """Silences seen and called dead air: those of test when they are enough, else of both splits."""
    seen, called = sum(row[1] for row in report.silences), sum(row[2] for row in report.silences)
    if seen >= SILENCES:
        return seen, called, False
    return seen + sum(row[3] for row in report.silences), called + sum(row[4] for row in report.silences), True
