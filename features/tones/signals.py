"""Signals that one burst alone tells, by frequency, length and what is around it; and special information's parts."""

from dataclasses import dataclass
from typing import Final

from features.tones.answer import FREQUENCY as ANSWER_HZ
from features.tones.answer import TOLERANCE_HZ as ANSWER_TOLERANCE_HZ
from features.tones.bursts import Burst
from features.tones.families import MAX_OTHER


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one frequency, and its reject rules.

    ``lengths_s`` are the least and the most seconds of a burst; one that is on when hearing begins or ends may have
    been heard for less. ``quiet_db`` is how much quieter it must be around it.
    """

    symbol: str
    frequency: float
    tolerance_hz: float
    lengths_s: tuple[float, float]
    min_share: float
    max_swing_db: float
    quiet_db: float

    def fits(self, burst: Burst) -> bool:
        """Tell whether a burst is this signal."""
        least, most = self.lengths_s
        slack = burst.start_slack + burst.end_slack
        return (
            abs(burst.frequency - self.frequency) <= self.tolerance_hz
            and (least <= burst.seconds + slack or not burst.whole)
            and burst.seconds <= most + slack
            and stands_alone(burst, self.min_share)
            and burst.holds(self.max_swing_db)
            and burst.quiet(self.quiet_db)
        )


_FOREVER: Final = float("inf")

# T.30: CNG 0.5 s +- 15 %, 1100 Hz +- 38. Bell 103 and V.22: 2225 and 2250 Hz. 1004 Hz: North American test lines.
SIGNALS: Final = (
    Signal("cng", 1100.0, 40.0, (0.4, 0.62), 0.84, 1.6, 8.0),
    Signal("modem", 2225.0, 25.0, (0.38, _FOREVER), 0.84, 1.6, 6.0),
    Signal("modem", 2250.0, 25.0, (0.38, _FOREVER), 0.84, 1.6, 6.0),
    Signal("test", 1004.0, 12.0, (1.15, _FOREVER), 0.84, 1.6, 6.0),
)
# Answering machines' own: any frequency, so everything else must be right.
_BEEP_HZ: Final = (400.0, 2000.0)
_BEEP_S: Final = (0.09, 1.1)
_BEEP_SHARE: Final = 0.89  # 10 dB over noise
_SHORT_BEEP_S: Final = 0.2
_SHORT_BEEP_SHARE: Final = 0.96  # vowels end in as little as a tenth of a second of one sine
_BEEP_SWING_DB: Final = 1.6
_BEEP_DRIFT_HZ: Final = 2.5
_BEEP_QUIET_DB: Final = 9.0

_ANSWER_S: Final = 0.38
_ANSWER_PURITY: Final = 0.86  # 12 dB over white noise leave 0.94, a reversal in every fourth frame a little less
_ANSWER_SWING_DB: Final = 4.0
_ANSWER_DRIFT_HZ: Final = 6.0  # a reversal moves a window's mean by 3, noise 10 dB below a little more
_ANSWER_QUIET_DB: Final = 6.0

# E.180/Q.35 and Telcordia GR-1162: each part's frequencies, Hz, and how far off each may be.
_INFORMATION: Final = (((913.8, 950.0, 985.2), 16.0), ((1370.6, 1400.0, 1428.5), 22.0), ((1776.7, 1800.0), 27.0))
_INFORMATION_S: Final = (0.2, 0.45)
_INFORMATION_SHARE: Final = 0.8
_INFORMATION_SWING_DB: Final = 3.8  # codecs at few bits a second; three of them in a row are proof enough


def stands_alone(burst: Burst, min_share: float) -> bool:
    """Tell whether one sine holds that share of a burst's energy and no other stands out."""
    return bool(burst.shares) and burst.shares[0] >= min_share and max(burst.shares[1:], default=0.0) <= MAX_OTHER


def signal_of(burst: Burst) -> Signal | None:
    """Return the signal of one frequency that a burst is."""
    return None if burst.keyed else next((signal for signal in SIGNALS if signal.fits(burst)), None)


def is_answer(burst: Burst) -> bool:
    """Tell whether a burst is an answer tone of some kind: reversals and modulation leave no single sine."""
    return (
        not burst.keyed
        and abs(burst.frequency - ANSWER_HZ) <= ANSWER_TOLERANCE_HZ
        and (burst.seconds >= _ANSWER_S or not burst.whole)
        and burst.purity >= _ANSWER_PURITY
        and burst.swing_db <= _ANSWER_SWING_DB
        and burst.drift_hz <= _ANSWER_DRIFT_HZ
        and burst.quiet(_ANSWER_QUIET_DB)
    )


def is_beep(burst: Burst) -> bool:
    """Tell whether a burst, heard whole, is as an answering machine's beep."""
    return (
        burst.whole
        and not burst.keyed
        and (burst.before_db is not None or burst.start_slack > 0)
        and (burst.after_db is not None or burst.end_slack > 0)
        and _BEEP_HZ[0] <= burst.frequency <= _BEEP_HZ[1]
        and _BEEP_S[0] <= burst.seconds <= _BEEP_S[1]
        and stands_alone(burst, _BEEP_SHARE if burst.seconds >= _SHORT_BEEP_S else _SHORT_BEEP_SHARE)
        and burst.swing_db <= _BEEP_SWING_DB
        and burst.drift_hz <= _BEEP_DRIFT_HZ
        and burst.quiet(_BEEP_QUIET_DB)
    )


def information_part(burst: Burst) -> int:
    """Return which part, 0 to 2, of a special information tone a burst can be; -1: none."""
    if burst.keyed or not stands_alone(burst, _INFORMATION_SHARE) or burst.swing_db > _INFORMATION_SWING_DB:
        return -1
    slack = burst.start_slack + burst.end_slack
    if burst.seconds > _INFORMATION_S[1] or (burst.whole and burst.seconds + slack < _INFORMATION_S[0]):
        return -1
    for part, (frequencies, tolerance) in enumerate(_INFORMATION):
        if any(abs(burst.frequency - frequency) <= tolerance for frequency in frequencies):
            return part
    return -1
