"""Every tone on the line: call progress of nine countries, special information, fax, modem, test tones and beeps.

Symbols: ``dial``, ``ringback``, ``busy``, ``reorder`` (congestion), ``sit`` (special information), ``cng``, ``ced``
(2100 Hz, plain), ``ans_pr`` (with phase reversals), ``ansam`` (modulated), ``ansam_pr`` (both), ``v21`` (a fax
machine's control frames), ``modem`` (2225 or 2250 Hz), ``test`` (1004 Hz), ``beep`` (an answering machine's) and
``tone``: a burst of a supervisory frequency whose meaning isn't known.
"""

from features.tone import Tone
from features.tones.chunk import detect_tones
from features.tones.detector import ToneDetector

__all__ = ["Tone", "ToneDetector", "detect_tones"]
