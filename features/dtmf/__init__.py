"""DTMF (ITU-T Q.23, receivers Q.24): which keys are pressed in a stream."""

from features.dtmf.detector import DtmfDetector
from features.dtmf.frames import HALF, MIN_LEVEL_DBM0, MIN_PURITY, RULES, DtmfFrames, hear_keys
from features.dtmf.keys import COLUMNS, FREQUENCIES, KEYS, ROWS

__all__ = [
    "COLUMNS",
    "FREQUENCIES",
    "HALF",
    "KEYS",
    "MIN_LEVEL_DBM0",
    "MIN_PURITY",
    "ROWS",
    "RULES",
    "DtmfDetector",
    "DtmfFrames",
    "hear_keys",
]
