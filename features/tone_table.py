"""The supervisory and data tones that are known, one line each: constants only, no state.

Sources: ITU-T E.180 and its supplement 2 (call progress), T.30 (CNG 1100 Hz +-38, CED 2100 Hz +-15, V.21 channel 2),
V.25 (answer tone), E.180/Q.35 (special information tone), Telcordia GR-506 (North American tones).
"""

from dataclasses import dataclass

from features.goertzel import HOP
from features.tone_runs import StretchRules


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """One tone: its frequencies and how near, pure and steady it must be.

    ``family`` groups the bursts that the cadence still has to name; ``half`` is the half window in blocks of 32
    samples; ``tolerance_hz`` holds per component; ``max_twist_db`` both ways; ``min_level_dbm0`` per component.
    """

    family: str
    frequencies: tuple[float, ...]
    tolerance_hz: float
    half: int
    rules: StretchRules
    min_purity: float = 0.86  # a square wave's fundamental holds 0.81 of it
    max_twist_db: float = 8.0
    min_level_dbm0: float = -40.0

    @property
    def window(self) -> int:
        """Length of the analysis window in samples."""
        return 2 * self.half * HOP


# Supervisory pairs lie 40 to 140 Hz apart: 64 ms windows tell them apart, and the shortest burst (.2 s) fills many.
_BURST = StretchRules(gap=4, steady=12, edge_steady=10, min_s=0.15)
_SINGLE = StretchRules(gap=7, steady=18, edge_steady=16, min_s=0.15)  # in 32 ms: 400 to 450 Hz must not alias
_SIT = StretchRules(gap=9, steady=16, edge_steady=16, min_s=0.2, max_s=0.45)

TONES: tuple[ToneSpec, ...] = (
    ToneSpec("dial", (350.0, 440.0), 9.0, 8, _BURST),
    ToneSpec("ringback", (440.0, 480.0), 9.0, 8, _BURST),
    ToneSpec("ringback", (400.0, 450.0), 9.0, 8, _BURST),
    ToneSpec("interrupted", (480.0, 620.0), 9.0, 8, _BURST),
    ToneSpec("single", (425.0,), 28.0, 4, _SINGLE, min_purity=0.9),
    ToneSpec(
        "cng",
        (1100.0,),
        40.0,
        3,
        StretchRules(gap=9, steady=18, edge_steady=17, min_s=0.38, max_s=0.68),
        min_purity=0.92,
    ),
    # Phase reversals every 450 ms cost six frames each, so fewer in a row can be asked for.
    ToneSpec("ced", (2100.0,), 18.0, 3, StretchRules(gap=9, steady=18, edge_steady=10, min_s=0.38), min_purity=0.92),
    ToneSpec("sit1", (950.0,), 41.0, 3, _SIT),
    ToneSpec("sit2", (1400.0,), 36.0, 3, _SIT),
    ToneSpec("sit3", (1790.0,), 24.0, 3, _SIT),
)

V21_FREQUENCIES = (1650.0, 1850.0)  # channel 2: binary 1, binary 0
V21_RULES = StretchRules(gap=4, steady=14, edge_steady=12, min_s=0.2)
V21_MIN_LEVEL_DBM0 = -40.0
