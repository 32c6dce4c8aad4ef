"""Echo: the sound once more, later and fainter, as a hybrid or a loudspeaker sends it back."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from models.sounds.scale import RATE, to_int16

_SPREAD_S: Final = 0.004  # a hybrid's echo is smeared over a few milliseconds (ITU-T G.168, echo path models)


def add_echo(rng: np.random.Generator, pcm: NDArray[np.int16], delay_s: float, loss_db: float) -> NDArray[np.int16]:
    """Add an echo.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of the echo path's shape.
    pcm : ndarray of int16, shape (n,)
    delay_s : float
        Seconds, at least 0.
    loss_db : float
        How much fainter the echo is than the sound.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    length = round(_SPREAD_S * RATE)
    path = rng.standard_normal(length) * np.exp(-np.arange(length) / (length / 4))
    path *= 10.0 ** (-loss_db / 20.0) / np.sqrt(np.sum(path**2))
    wide = pcm.astype(np.float64)
    late = np.concatenate([np.zeros(round(delay_s * RATE)), fftconvolve(wide, path)])
    return to_int16(wide + late[: pcm.size])
