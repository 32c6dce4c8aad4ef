"""Digits as a sender makes them, a trial a row: two sines keyed on and off at once, with phases of their own.

Hard keying is what most software does, and the worst case for what splashes over to other frequencies. Levels are
dBm0 of each tone; dBFS = dBm0 - 6.22 (mu-law).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf import COLUMNS, KEYS, ROWS
from models.sounds.scale import RATE, to_int16

DBM0_OFFSET: Final = 6.22
LEVEL_DBM0: Final = -10.0  # of each tone, unless a clause is about levels
LEAD_S: Final = 0.04  # before the digit, so that one row's digit ends well before the next one's begins
TAIL_S: Final = 0.08
JITTER: Final = 160  # samples: digits begin anywhere in a packet, so no receiver's blocks happen to fit

Wide = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials of one kind, a row each, which follow on each other in one stream.

    Attributes
    ----------
    rows : ndarray of int16, shape (trials, samples)
    truth : tuple of str
        The digits sent in each row.
    received : ndarray of bool, shape of rows, or None
        Which samples came; None: all.
    """

    rows: NDArray[np.int16]
    truth: tuple[str, ...]
    received: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """How digits are sent: what is off the nominal, and when it sounds.

    Attributes
    ----------
    on_s : tuple of float
        Seconds on, off, on, …: one press is ``(0.05,)``.
    presses : int
        How many digits that makes: an interrupted one is still one.
    level_dbm0 : float
        Of each tone, before twist.
    twist_db : float
        High minus low: above 0 the low tone is sent weaker by as much, below 0 the high one.
    low_error, high_error : float
        Relative errors of the two frequencies; the sign is drawn anew for each row.
    lead_s, tail_s : float
        Silence before and after.
    jitter : int
        Most samples that a row's digit comes later.
    """

    on_s: tuple[float, ...] = (0.05,)
    presses: int = 1
    level_dbm0: float = LEVEL_DBM0
    twist_db: float = 0.0
    low_error: float = 0.0
    high_error: float = 0.0
    lead_s: float = LEAD_S
    tail_s: float = TAIL_S
    jitter: int = JITTER

    def lasting(self, seconds: float) -> "Sender":
        """Return the same for one press of another length."""
        return replace(self, on_s=(seconds,))

    def gate(self) -> Wide:
        """When it sounds: ones and zeros, from the first sample of the first tone."""
        ends = np.cumsum(np.rint(np.array(self.on_s) * RATE).astype(np.int64))
        on = np.searchsorted(ends, np.arange(ends[-1]), side="right") % 2 == 0
        gate: Wide = on.astype(np.float64)
        return gate


def amplitude(level_dbm0: float) -> float:
    """Peak of a sine of a level, in 16-bit scale."""
    return float(32768.0 * 10.0 ** ((level_dbm0 - DBM0_OFFSET) / 20.0) * np.sqrt(2.0))


def pair_power(level_dbm0: float = LEVEL_DBM0) -> float:
    """Mean square of two tones of a level each, squared sample units."""
    return amplitude(level_dbm0) ** 2


def balanced(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Which key each of n trials sends: all sixteen equally often, shuffled."""
    keys = np.arange(n, dtype=np.int64) % len(KEYS)
    rng.shuffle(keys)
    return keys


def send(rng: np.random.Generator, n: int, sender: Sender) -> tuple[Wide, tuple[str, ...]]:
    """Make n rows of digits, not yet rounded, and what was sent.

    Returns
    -------
    rows : ndarray of float64, shape (n, samples)
        In 16-bit scale; a whole number of packets long.
    truth : tuple of str
    """
    keys, gate = balanced(rng, n), sender.gate()
    lead = round(sender.lead_s * RATE)
    whole = lead + sender.jitter + gate.size + round(sender.tail_s * RATE)
    length = -(-whole // 160) * 160
    begins = lead + rng.integers(0, sender.jitter + 1, n)
    time = np.arange(length)[None, :] - begins[:, None]
    inside = (time >= 0) & (time < gate.size)
    envelope = np.where(inside, gate[np.clip(time, 0, gate.size - 1)], 0.0)
    low_dbm0 = sender.level_dbm0 - max(sender.twist_db, 0.0)
    high_dbm0 = sender.level_dbm0 + min(sender.twist_db, 0.0)
    low = _sine(rng, time, np.array(ROWS)[keys // 4], sender.low_error) * amplitude(low_dbm0)
    high = _sine(rng, time, np.array(COLUMNS)[keys % 4], sender.high_error) * amplitude(high_dbm0)
    rows: Wide = (low + high) * envelope
    return rows, tuple(KEYS[key] * sender.presses for key in keys)


def trials(rng: np.random.Generator, n: int, sender: Sender) -> Trials:
    """Send digits over a line that does nothing to them."""
    rows, truth = send(rng, n, sender)
    return Trials(to_int16(rows), truth)


def _sine(rng: np.random.Generator, time: NDArray[np.int64], hertz: Wide, error: float) -> Wide:
    n = hertz.size
    shifted = hertz * (1.0 + error * rng.choice((-1.0, 1.0), n))
    phase = rng.uniform(0.0, 2.0 * np.pi, n)
    sine: Wide = np.sin(2.0 * np.pi / RATE * shifted[:, None] * time + phase[:, None])
    return sine
