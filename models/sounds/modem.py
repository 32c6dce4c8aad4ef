"""Data signals of fax and other modems: random symbols on a carrier."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sounds.scale import RATE, at_level

# carrier in Hz, symbols a second: V.27ter at 2,400 and 4,800 bit/s, V.29, V.17 and V.32, V.22bis low and high channel
SIGNALS: Final[dict[str, tuple[float, float]]] = {
    "v27ter_2400": (1800.0, 1200.0),
    "v27ter_4800": (1800.0, 1600.0),
    "v29": (1700.0, 2400.0),
    "v17": (1800.0, 2400.0),
    "v22bis_low": (1200.0, 600.0),
    "v22bis_high": (2400.0, 600.0),
}


def modem_data(
    rng: np.random.Generator, n: int, signal: str = "v29", *, level_dbfs: float = -20.0
) -> NDArray[np.int16]:
    """Random data as a modem sends it: 16 points in two dimensions, raised-cosine band of 25 % excess, on a carrier.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        Number of samples.
    signal : str
        One of `SIGNALS`. KeyError for another.
    level_dbfs : float
        RMS.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    carrier, baud = SIGNALS[signal]
    if n == 0:
        return np.zeros(0, dtype=np.int16)
    held = np.floor(np.arange(n) * baud / RATE).astype(np.int64)
    points = rng.choice([-3.0, -1.0, 1.0, 3.0], size=(2, int(held[-1]) + 1))
    edges = np.diff(held, prepend=-1) > 0
    impulses = np.where(edges, points[0, held] + 1j * points[1, held], 0.0)
    frequency = np.abs(np.fft.fftfreq(n, 1.0 / RATE)) / (baud / 2.0)
    shape = np.sqrt(0.5 + 0.5 * np.cos(np.pi * np.clip((frequency - 0.75) / 0.5, 0.0, 1.0)))
    base = np.fft.ifft(np.fft.fft(impulses) * shape)
    turning = np.exp(2j * np.pi * carrier * np.arange(n) / RATE + 1j * rng.uniform(0, 2 * np.pi))
    return at_level(np.real(base * turning), level_dbfs)
