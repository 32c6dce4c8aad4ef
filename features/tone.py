"""The one record of a tone, of whichever kind: what was heard, when, how loud and how well."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """One tone on the line.

    Attributes
    ----------
    symbol
        A key ("0" to "9", "*", "#", "A" to "D") or the name of a signal: see `features.tones`.
    start_s
        Seconds from the first sample ever fed to the detector. From `features.tones.detect_tones`: from the chunk's
        first sample, negative when it began in the lead-in, and then at most as far back as the lead-in reaches.
    duration_s
        Seconds from its start to its end, short interruptions included.
    level_dbm0
        Level of the sum of its components, dBm0.
    twist_db
        Level of the high component minus that of the low one, dB; 0.0 for single tones.
    frequency_error
        Largest deviation of a component from its nominal frequency, relative, without sign; 0.0 for what has no single
        nominal one: a beep, special information, V.21.
    snr_db
        The tone's power over everything else, dB, at most 60.
    known_s
        When enough of it had been heard to be sure of it, seconds on the same clock as `start_s`.
    continued
        It was known before this chunk began, so the chunk before reported it: only tones without this are new.
    continues
        It is on at the end of what was heard.
    """

    symbol: str
    start_s: float
    duration_s: float
    level_dbm0: float
    twist_db: float
    frequency_error: float
    snr_db: float
    known_s: float
    continued: bool = False
    continues: bool = False
