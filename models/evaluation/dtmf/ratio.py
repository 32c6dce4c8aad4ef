"""Model E: the key whose two frequencies, both moved by one factor, fit a tone's two lines best.

A shift of pitch multiplies both frequencies by one factor and leaves their ratio alone. Keys of one diagonal of the
keypad have nearly the same ratio (1 and 5 differ by 0.03 %): so each line counts as exactly as it could be measured,
by the Cramér-Rao bound for its signal-to-noise ratio.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.dtmf.material import FREQUENCIES
from models.evaluation.dtmf.peaks import Lines

Rows = NDArray[np.float64]

SHIFTED: Final = 0.005  # a factor further from 1 is a shift: unshifted tones are measured within 0.0002
_LOGS: Final = np.log(FREQUENCIES)
_LEAST: Final = 1e-7  # of a deviation, so that tones without noise have one


@dataclass(frozen=True, slots=True)
class PitchModel:
    """What is learnt from tones: four numbers.

    Attributes
    ----------
    still, moved : float
        Standard deviation of a measured frequency in units of its Cramér-Rao bound, of tones as they were sent and of
        tones whose pitch was shifted.
    share : float
        Of tones whose pitch is shifted.
    range : float
        Logarithm of the largest factor; any up to it is taken to be equally likely.
    """

    still: float
    moved: float
    share: float
    range: float

    @classmethod
    def fit(cls, lines: Lines, keys: NDArray[np.int64]) -> "PitchModel":
        """Learn from tones.

        Parameters
        ----------
        lines : Lines
        keys : ndarray of int64, shape (n,)
        """
        off, bound = offsets(lines), _bound(lines)
        off = off[np.arange(len(keys)), keys]
        shift = off.mean(axis=1)
        moved = np.abs(shift) > SHIFTED
        ratio = (off[:, 1] - off[:, 0]) / np.hypot(bound[:, 0], bound[:, 1])
        still = _deviation(off[~moved] / bound[~moved])
        return cls(
            still=still,
            moved=_deviation(ratio[moved]) if moved.any() else still,
            share=float(np.clip(moved.mean(), 1e-4, 0.5)),
            range=max(float(np.abs(shift).max()), 2.0 * SHIFTED),
        )

    def likelihoods(self, lines: Lines) -> Rows:
        """Logarithm of how likely each key is to have given these two lines, shape (n, 16)."""
        off, bound = offsets(lines), _bound(lines)[:, None, :]
        sent = _normal(off, self.still * bound).sum(axis=2)
        # both off by one factor, whichever it is: what is left is the ratio
        ratio = _normal(off[..., 1] - off[..., 0], self.moved * np.hypot(bound[..., 0], bound[..., 1]))
        beyond = np.maximum(np.abs(off.mean(axis=2)) - self.range, 0.0) / SHIFTED  # ever less likely, not impossible
        shifted = ratio - np.log(2.0 * self.range) - beyond**2
        likely: Rows = np.logaddexp(np.log1p(-self.share) + sent, np.log(self.share) + shifted)
        return likely

    def ask(self, lines: Lines) -> NDArray[np.int64]:
        """Say the likeliest key of each tone, shape (n,)."""
        said: NDArray[np.int64] = self.likelihoods(lines).argmax(axis=1)
        return said


def shifts(lines: Lines, keys: NDArray[np.int64]) -> Rows:
    """By which factor tones of known keys are shifted, less 1, shape (n,): 0.03 is 3 % up."""
    off = offsets(lines)[np.arange(len(keys)), keys]
    moved: Rows = np.expm1(off.mean(axis=1))
    return moved


def offsets(lines: Lines) -> Rows:
    """Logarithm of measured over nominal frequency, shape (n, 16, 2)."""
    off: Rows = np.log(lines.frequencies)[:, None, :] - _LOGS
    return off


def _bound(lines: Lines) -> Rows:
    """Cramér-Rao bound of the logarithm of a frequency, shape (n, 2)."""
    return np.maximum(lines.bounds / lines.frequencies, _LEAST)


def _normal(values: Rows, deviation: Rows) -> Rows:
    density: Rows = -0.5 * (values / deviation) ** 2 - np.log(deviation) - 0.5 * np.log(2.0 * np.pi)
    return density


def _deviation(values: Rows) -> float:
    return max(float(np.sqrt((values**2).mean())), _LEAST) if values.size else 1.0
