"""Call-progress, fax and keypad tones as exchanges and machines send them.

Frequencies and cadences: ITU-T E.180 supplement 2 (call progress), Q.23 (keypad), T.30 (fax), V.8 (ANSam), V.21.
Levels are dBm0 of all the tone's parts together; dBFS = dBm0 - 6.22.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sounds.scale import RATE, to_int16

_DBM0_OFFSET: Final = 6.22
_RAMP: Final = 16  # samples: 2 ms, as a real generator is gated

Cadence = tuple[tuple[float, ...], tuple[float, ...]]  # frequencies in Hz; seconds on, off, on, off, …

# country: name of the tone -> frequencies, cadence (an empty cadence is continuous)
_PROGRESS: Final[dict[str, dict[str, Cadence]]] = {
    "us": {
        "dial": ((350, 440), ()),
        "ringback": ((440, 480), (2.0, 4.0)),
        "busy": ((480, 620), (0.5, 0.5)),
        "reorder": ((480, 620), (0.25, 0.25)),
    },
    "uk": {
        "dial": ((350, 440), ()),
        "ringback": ((400, 450), (0.4, 0.2, 0.4, 2.0)),
        "busy": ((400,), (0.375, 0.375)),
        "reorder": ((400,), (0.4, 0.35, 0.225, 0.525)),
    },
    "fr": {
        "dial": ((440,), ()),
        "ringback": ((440,), (1.5, 3.5)),
        "busy": ((440,), (0.5, 0.5)),
        "reorder": ((440,), (0.25, 0.25)),
    },
    "de": {
        "dial": ((425,), ()),
        "ringback": ((425,), (1.0, 4.0)),
        "busy": ((425,), (0.48, 0.48)),
        "reorder": ((425,), (0.24, 0.24)),
    },
    "es": {
        "dial": ((425,), ()),
        "ringback": ((425,), (1.5, 3.0)),
        "busy": ((425,), (0.2, 0.2)),
        "reorder": ((425,), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6)),
    },
    "it": {
        "dial": ((425,), (0.2, 0.2, 0.6, 1.0)),
        "ringback": ((425,), (1.0, 4.0)),
        "busy": ((425,), (0.5, 0.5)),
        "reorder": ((425,), (0.2, 0.2)),
    },
}
COUNTRIES: Final[tuple[str, ...]] = tuple(_PROGRESS)

_ROWS, _COLUMNS = (697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0)
_KEYS: Final = "123A456B789C*0#D"


def busy(n: int, country: str = "us", *, level_dbm0: float = -13.0, offset_s: float = 0.0) -> NDArray[np.int16]:
    """Busy tone: n samples, beginning `offset_s` seconds into the cadence. KeyError for an unknown country."""
    return cadenced(n, *_PROGRESS[country]["busy"], level_dbm0=level_dbm0, offset_s=offset_s)


def ringback(n: int, country: str = "us", *, level_dbm0: float = -16.0, offset_s: float = 0.0) -> NDArray[np.int16]:
    """Ring-back tone: n samples, beginning `offset_s` seconds into the cadence. KeyError for an unknown country."""
    return cadenced(n, *_PROGRESS[country]["ringback"], level_dbm0=level_dbm0, offset_s=offset_s)


def reorder(n: int, country: str = "us", *, level_dbm0: float = -13.0, offset_s: float = 0.0) -> NDArray[np.int16]:
    """Congestion (reorder) tone, as `busy`."""
    return cadenced(n, *_PROGRESS[country]["reorder"], level_dbm0=level_dbm0, offset_s=offset_s)


def dial(n: int, country: str = "us", *, level_dbm0: float = -13.0, offset_s: float = 0.0) -> NDArray[np.int16]:
    """Dial tone, as `busy`."""
    return cadenced(n, *_PROGRESS[country]["dial"], level_dbm0=level_dbm0, offset_s=offset_s)


def cng(n: int, *, level_dbm0: float = -12.0, offset_s: float = 0.0) -> NDArray[np.int16]:
    """Fax calling tone (T.30): 1100 Hz, half a second on, three off."""
    return cadenced(n, (1100.0,), (0.5, 3.0), level_dbm0=level_dbm0, offset_s=offset_s)


def ced(n: int, *, level_dbm0: float = -12.0) -> NDArray[np.int16]:
    """Fax answer tone (T.30): 2100 Hz without a break."""
    return cadenced(n, (2100.0,), (), level_dbm0=level_dbm0)


def ansam(n: int, *, level_dbm0: float = -12.0, reversals: bool = True) -> NDArray[np.int16]:
    """Modem answer tone (V.8): 2100 Hz with 15 Hz modulation of 20 %, its phase turned over every 450 ms if asked."""
    time = np.arange(n) / RATE
    turned = np.where((time // 0.45) % 2 == 1, -1.0, 1.0) if reversals else np.ones(n)
    tone = turned * (1.0 + 0.2 * np.sin(2 * np.pi * 15.0 * time)) * np.sin(2 * np.pi * 2100.0 * time)
    return to_int16(tone * _amplitude(level_dbm0, 1))


def v21_preamble(n: int, *, level_dbm0: float = -12.0, channel: int = 2) -> NDArray[np.int16]:
    """HDLC flags (0x7E) at 300 bit/s in V.21: the second before each fax control frame (T.30)."""
    mark, space = (1650.0, 1850.0) if channel == 2 else (980.0, 1180.0)
    bits = np.resize(np.array([0, 1, 1, 1, 1, 1, 1, 0]), n * 300 // RATE + 1)
    frequency = np.where(bits[np.arange(n) * 300 // RATE] == 1, mark, space)
    return to_int16(np.sin(2 * np.pi * np.cumsum(frequency) / RATE) * _amplitude(level_dbm0, 1))


def sit(*, level_dbm0: float = -14.0, frequencies: Sequence[float] = (950.0, 1400.0, 1800.0)) -> NDArray[np.int16]:
    """Special information tone (E.180): three tones of 330 ms, one after another, rising."""
    n = round(0.33 * RATE)
    return np.concatenate([cadenced(n, (f,), (), level_dbm0=level_dbm0) for f in frequencies])


def dtmf(
    digits: str, on_s: float = 0.1, off_s: float = 0.1, level_dbm0: float = -8.0, *, twist_db: float = 0.0
) -> NDArray[np.int16]:
    """Keypad digits one after another (Q.23).

    Parameters
    ----------
    digits : str
        Of 0-9, *, #, A-D.
    on_s, off_s : float
        Seconds of tone and of the pause after it.
    level_dbm0 : float
        Of the low and the high tone each, before twist.
    twist_db : float
        High minus low; half is added to the high, half taken from the low.

    Returns
    -------
    ndarray of int16, shape (len(digits) * (round(8000 * on_s) + round(8000 * off_s)),)

    Raises
    ------
    ValueError
        For another character.
    """
    on, off = round(on_s * RATE), round(off_s * RATE)
    time, envelope = np.arange(on) / RATE, _ramped(np.ones(on))
    pieces = []
    for digit in digits:
        place = _KEYS.find(digit)
        if place < 0:
            raise ValueError(f"no key {digit!r} on a keypad")
        low = _amplitude(level_dbm0 - twist_db / 2, 1) * np.sin(2 * np.pi * _ROWS[place // 4] * time)
        high = _amplitude(level_dbm0 + twist_db / 2, 1) * np.sin(2 * np.pi * _COLUMNS[place % 4] * time)
        pieces += [(low + high) * envelope, np.zeros(off)]
    return to_int16(np.concatenate(pieces)) if pieces else np.zeros(0, dtype=np.int16)


def cadenced(
    n: int,
    frequencies: Sequence[float],
    cadence: Sequence[float],
    *,
    level_dbm0: float = -13.0,
    offset_s: float = 0.0,
) -> NDArray[np.int16]:
    """Sum of sines, switched on and off.

    Parameters
    ----------
    n : int
        Number of samples.
    frequencies : sequence of float
        Hz, all at the same level.
    cadence : sequence of float
        Seconds on, off, on, off and so on, repeated; empty is on without a break.
    level_dbm0 : float
        Of all together, while on.
    offset_s : float
        Where in the cadence to begin.

    Returns
    -------
    ndarray of int16, shape (n,)
    """
    first = round(offset_s * RATE)
    time = np.arange(first, first + n) / RATE
    tone = np.sum([np.sin(2 * np.pi * f * time) for f in frequencies], axis=0)
    tone = tone * _amplitude(level_dbm0, len(frequencies))
    if len(cadence):
        ends = np.cumsum(cadence)
        tone = tone * _ramped((np.searchsorted(ends, time % ends[-1], side="right") % 2 == 0).astype(np.float64))
    return to_int16(tone)


def _ramped(gate: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gate with edges of 2 ms instead of clicks."""
    padded = np.concatenate([np.full(_RAMP, gate[0] if gate.size else 0.0), gate])
    total = np.cumsum(padded)
    smooth: NDArray[np.float64] = (total[_RAMP:] - total[:-_RAMP]) / _RAMP
    return smooth


def _amplitude(level_dbm0: float, parts: int) -> float:
    """Peak of each of some equal sines, in 16-bit scale, for their common level."""
    return float(32768.0 * 10.0 ** ((level_dbm0 - _DBM0_OFFSET) / 20.0) * np.sqrt(2.0 / parts))
