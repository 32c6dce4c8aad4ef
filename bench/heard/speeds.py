"""The same recording at other speeds: as a record played too fast, its pitch moves too, and other talkers are heard."""

from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.sounds.scale import to_int16

SPEEDS: Final = (0.8, 0.9, 1.0, 1.1, 1.2, 1.25)


def at_speed(pcm: NDArray[np.int16], speed: float) -> NDArray[np.int16]:
    """Play a sound at another speed.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
    speed : float
        Above 0; 1.25 is a quarter faster and higher.

    Returns
    -------
    ndarray of int16, shape (about n / speed,)

    Raises
    ------
    ValueError
        For a speed that is not above 0.
    """
    if not speed > 0:
        raise ValueError(f"speed must be above 0, not {speed}")
    if speed == 1.0:
        return pcm
    ratio = Fraction(speed).limit_denominator(100)
    moved = resample_poly(pcm.astype(np.float32), ratio.denominator, ratio.numerator)
    return to_int16(np.asarray(moved, dtype=np.float64))
