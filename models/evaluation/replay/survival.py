"""How many of a call's spectral peaks are still there under noise: the paper's Figure 4.

Windows of 128 ms that overlap by 112 ms (the paper: by more than 100), peaks to the nearest line of 7.8 Hz.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from features.levels import rms_dbfs
from features.spectrum import stft_magnitude
from models.channel.line import gain, mix
from models.evaluation.replay.calls import Call, Pcm
from models.sounds.noise import KINDS
from models.sounds.noise import noise as noise_of
from models.sounds.scale import RATE

Picking = Literal["of each window", "of their surroundings"]

PICKINGS: Final[tuple[Picking, ...]] = ("of each window", "of their surroundings")
NOISES: Final = tuple(kind for kind in KINDS if kind != "brown")  # pink is like it
LEVELS_DB: Final = (30, 20, 15, 12, 10, 6, 3, 0)
WINDOW: Final = 1024  # 128 ms
HOP: Final = 128

_LINE_HZ: Final = RATE / WINDOW
_LOW, _HIGH = round(250 / _LINE_HZ), round(3400 / _LINE_HZ)  # lines
_A_WINDOW: Final = 5  # peaks, the highest
_A_SECOND: Final = 20  # peaks, the highest of each half second
_BLOCK: Final = 31  # frames: half a second
_AROUND: Final = (9, 7)  # frames and lines in whose middle a peak is the highest: 64 ms and 23 Hz to either side
_LOUD_DB: Final = 30.0  # below the loudest windows: fainter ones are pauses

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Survival:
    """Shares of peaks that stay.

    Attributes
    ----------
    stay : dict of (Picking, noise) to ndarray of float64, shape (levels, calls)
        Share of a call's peaks that its noisy copy has, too.
    chance : dict of (Picking, noise) to ndarray of float64, shape (levels, calls)
        Share that the noisy copy of another call has at the same places.
    """

    stay: dict[tuple[Picking, str], NDArray[np.float64]]
    chance: dict[tuple[Picking, str], NDArray[np.float64]]


def survival(calls: Sequence[Call], seed: int, tell: Callable[[int, int], None]) -> Survival:
    """Pick the peaks of every call, alone and under each noise at each level, and compare.

    Parameters
    ----------
    calls : sequence of Call
        Two at least.
    seed : int
        Of the noises.
    tell : callable
        Told calls done and calls in all.
    """
    keys = [(picking, noise) for picking in PICKINGS for noise in NOISES]
    stay = {key: np.zeros((len(LEVELS_DB), len(calls))) for key in keys}
    chance = {key: np.zeros((len(LEVELS_DB), len(calls))) for key in keys}
    for c, call in enumerate(calls):
        tell(c, len(calls))
        own, before = _picked(call.pcm), _picked(calls[c - 1].pcm)
        for n, noise in enumerate(NOISES):
            sound = noise_of(np.random.default_rng([seed, 4, c, n]), call.pcm.size, rms_dbfs(call.pcm), noise)
            for level, snr_db in enumerate(LEVELS_DB):
                noisy = _picked(mix(call.pcm, gain(sound, -float(snr_db))))
                for picking in PICKINGS:
                    stay[picking, noise][level, c] = _share(own[picking], noisy[picking], picking)
                    chance[picking, noise][level, c] = _share(before[picking], noisy[picking], picking)
    tell(len(calls), len(calls))
    return Survival(stay, chance)


def _picked(pcm: Pcm) -> dict[Picking, Flags]:
    magnitude = stft_magnitude(pcm, n_fft=WINDOW, hop=HOP)[_LOW - 1 : _HIGH + 2].T
    loud = magnitude.max(axis=1) >= 10.0 ** (-_LOUD_DB / 20.0) * np.quantile(magnitude.max(axis=1), 0.95)
    inside = np.zeros(magnitude.shape, np.bool_)
    inside[loud, 1:-1] = True
    hills = inside & (maximum_filter(magnitude, (1, 3)) == magnitude)
    tops = inside & (maximum_filter(magnitude, _AROUND) == magnitude)
    return {
        "of each window": _highest(magnitude, hills, 1, _A_WINDOW),
        "of their surroundings": _highest(magnitude, tops, _BLOCK, round(_A_SECOND * _BLOCK * HOP / RATE)),
    }


def _highest(magnitude: NDArray[np.float32], peaks: Flags, frames: int, most: int) -> Flags:
    """At most so many peaks of each block of so many frames."""
    frame, line = np.nonzero(peaks)
    block = frame // frames
    order = np.lexsort((-magnitude[frame, line], block))
    rank = np.arange(order.size) - np.searchsorted(block[order], block[order])
    kept = order[rank < most]
    found = np.zeros_like(peaks)
    found[frame[kept], line[kept]] = True
    return found


def _share(own: Flags, noisy: Flags, picking: Picking) -> float:
    """Share of peaks that have one within a line, and within a frame where a peak has a moment of its own."""
    size = (1, 3) if picking == "of each window" else (3, 3)
    frames = min(len(own), len(noisy))
    near = maximum_filter(noisy[:frames], size)
    return float((own[:frames] & near).sum() / max(int(own[:frames].sum()), 1))
