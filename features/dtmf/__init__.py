"""DTMF (ITU-T Q.23, receivers Q.24): which keys are pressed in a stream."""

from features.dtmf.detector import DtmfDetector
from features.dtmf.keys import COLUMNS, FREQUENCIES, KEYS, ROWS

__all__ = ["COLUMNS", "FREQUENCIES", "KEYS", "ROWS", "DtmfDetector"]
