"""From a run of frames to a burst: its sines, its edges, and how steady and how alone it is."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.samples import MAX_SNR_DB
from features.tones.frames import HOP, KEYED, SAMPLE_RATE, WINDOW
from features.tones.sines import Sine, sines
from features.tones.track import Run

INSET: Final = 64  # samples at either end of a burst that are not analysed: its generator's ramp, our edge's error
_EDGE_FRAMES: Final = 3  # frames at either end that are partly filled
_ABOUT: Final = 240  # samples either side of an edge
_NO_LIMIT_DB: Final = 99.0
_CODED_SWING_DB: Final = 4.5  # AMR at 4.75 kbit/s
_CODED_SHARE: Final = 0.95
_CODED_QUIET_DB: Final = 25.0


@dataclass(frozen=True, slots=True)
class Burst:
    """One stretch of tone.

    Attributes
    ----------
    start, end, known
        Samples of the stream; `known` is where the window ended that made it sure.
    cut, on
        It was on when the stream began; it is on at the end of what was heard.
    keyed
        Its energy is keyed to and fro between 1531 and 1953 Hz.
    frequency
        Mean frequency of its frames, Hz.
    sines
        Strongest first.
    shares
        Share of the energy of each.
    power
        Mean square while it is on, squared sample units.
    before_db, after_db
        How much quieter it was just outside; None where nothing was heard.
    swing_db
        How far the level of its frames varies, dB, but for the extreme tenths.
    drift_hz
        How far their frequency varies, likewise.
    purity
        Median share of a frame's energy that is its own.
    start_slack, end_slack
        Seconds of samples lost about its edges, which may lie anywhere in them.
    """

    start: float
    end: float
    known: int
    cut: bool
    on: bool
    keyed: bool
    frequency: float
    sines: tuple[Sine, ...]
    shares: tuple[float, ...]
    power: float
    before_db: float | None
    after_db: float | None
    swing_db: float
    drift_hz: float
    purity: float
    start_slack: float = 0.0
    end_slack: float = 0.0

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end - self.start) / SAMPLE_RATE

    @property
    def whole(self) -> bool:
        """Both its ends were heard."""
        return not self.cut and not self.on

    def holds(self, most_db: float) -> bool:
        """Tell whether its level varies no more than that, or, where it is alone, than codecs of few bits make it."""
        alone = sum(self.shares) >= _CODED_SHARE and self.quiet(_CODED_QUIET_DB)
        return self.swing_db <= (max(most_db, _CODED_SWING_DB) if alone else most_db)

    def quiet(self, least_db: float) -> bool:
        """Tell whether it was at least so much quieter on both sides, as far as they were heard."""
        return all(side is None or side >= least_db for side in (self.before_db, self.after_db))


def contrast(power: float, outside: float | None) -> float | None:
    """Return how many dB quieter it is outside of a tone; None where nothing was heard."""
    return None if outside is None else min(10 * math.log10(power / max(outside, 1e-3)), _NO_LIMIT_DB)


def _spread(figures: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first and the ninth decile."""
    ordered = np.sort(figures)
    return float(ordered[len(ordered) // 10]), float(ordered[-1 - len(ordered) // 10])


def longest_received(received: NDArray[np.bool_] | None, first: int, end: int) -> tuple[int, int]:
    """Return where the longest stretch of samples that came lies between two places."""
    if received is None or received[first:end].all():
        return first, end
    lost = np.concatenate([[first - 1], first + np.flatnonzero(~received[first:end]), [end]])
    widest = int(np.argmax(np.diff(lost)))
    return int(lost[widest]) + 1, int(lost[widest + 1])


def measure(run: Run, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None, base: int, heard: int) -> Burst:
    """Measure a run.

    Parameters
    ----------
    run
        With its end, or without while it is on.
    pcm, received
        What is kept of the stream, and which of it came (None: all).
    base
        Number of the first sample of `pcm` in the stream.
    heard
        Number of the sample after the last that the frames so far cover.
    """
    end = run.end_or(heard)
    first, last = int(run.start) + INSET - base, int(end) - INSET - base
    first, last = longest_received(received, max(first, 0), min(max(last, first), len(pcm)))
    found = sines(pcm[first:last]) if run.kind != KEYED else None
    figures = np.array(run.figures)
    partly = min(_EDGE_FRAMES, (len(figures) - 1) // 2)
    inner = figures[partly : len(figures) - partly]
    weakest, strongest = _spread(inner[:, 2])
    power = float(np.median(inner[:, 2]))
    low, high = _spread(figures[figures[:, 2] >= power / 2, 0])  # a tone's frequency holds in windows partly filled too
    start_slack, end_slack = _lost_about(received, run.start - base), _lost_about(received, end - base)
    return Burst(
        start=run.start,
        end=end,
        known=run.known * HOP + WINDOW,
        cut=run.cut,
        on=run.end is None,
        keyed=run.kind == KEYED,
        frequency=float(np.median(inner[:, 0])),
        sines=found.found if found else (),
        shares=found.shares if found else (),
        power=power,
        before_db=contrast(power, None if start_slack else run.before),
        after_db=contrast(power, None if end_slack else run.after),
        swing_db=10 * math.log10(max(strongest, 1e-9) / max(weakest, 1e-9)),
        drift_hz=high - low,
        purity=float(np.median(inner[:, 2] / np.maximum(inner[:, 3], 1e-9))),
        start_slack=start_slack,
        end_slack=end_slack,
    )


def ended(burst: Burst, run: Run, received: NDArray[np.bool_] | None, base: int, heard: int) -> Burst:
    """Return the burst of a run that was measured while it was on, now that it is over; parameters as for `measure`."""
    end = run.end_or(heard)
    slack = _lost_about(received, end - base)
    after = contrast(burst.power, None if slack else run.after)
    return replace(burst, end=end, on=run.end is None, after_db=after, end_slack=slack)


def _lost_about(received: NDArray[np.bool_] | None, edge: float) -> float:
    """Return how many seconds of samples were lost within 30 ms of an edge."""
    if received is None:
        return 0.0
    about = received[max(int(edge) - _ABOUT, 0) : max(int(edge) + _ABOUT, 0)]
    return float(np.count_nonzero(~about)) / SAMPLE_RATE


def signal_to_noise_db(share: float) -> float:
    """Return the ratio, dB, at most 60, of a tone that holds a share of the energy to everything else."""
    return min(10 * math.log10(max(share, 1e-9) / max(1 - share, 1e-9)), MAX_SNR_DB)
