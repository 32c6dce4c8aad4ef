"""Call-progress tones of nine countries: constants only. One detector reads them; another country is another row.

Sources: ITU-T E.180 with supplement 2 (frequencies and cadences), E.180/Q.35, Telcordia GR-506 (North America).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Row:
    """One signal of one country.

    Attributes
    ----------
    country
        ISO 3166 code; ``us`` stands for North America.
    signal
        ``dial``, ``ringback``, ``busy`` or ``reorder`` (congestion).
    frequencies
        Hz, ascending.
    cadence
        Seconds on, off, on, off and so on, repeated; empty: without a break.
    tolerance_hz
        How far each frequency may be off.
    modulation_hz
        Rate at which one tone's amplitude is modulated, with or without a carrier; 0: not at all.
    alternate_db
        How much lower every other burst is.
    """

    country: str
    signal: str
    frequencies: tuple[float, ...]
    cadence: tuple[float, ...] = ()
    tolerance_hz: float = 8.0
    modulation_hz: float = 0.0
    alternate_db: float = 0.0

    @property
    def family(self) -> "Family":
        """What a single burst of it can be told by."""
        return Family(self.frequencies, self.tolerance_hz, self.modulation_hz)


@dataclass(frozen=True, slots=True)
class Family:
    """Frequencies (Hz), how far off each may be, and the rate of modulation: rows that have them in common."""

    frequencies: tuple[float, ...]
    tolerance_hz: float
    modulation_hz: float


# 425 Hz is allowed 15 Hz (E.180); others 1.5 to 2 %.
_425: Final = 15.0

ROWS: Final[tuple[Row, ...]] = (
    Row("us", "dial", (350.0, 440.0)),
    Row("us", "ringback", (440.0, 480.0), (2.0, 4.0)),
    Row("us", "busy", (480.0, 620.0), (0.5, 0.5), 10.0),
    Row("us", "reorder", (480.0, 620.0), (0.25, 0.25), 10.0),
    Row("uk", "dial", (350.0, 440.0)),
    Row("uk", "ringback", (400.0, 450.0), (0.4, 0.2, 0.4, 2.0)),
    Row("uk", "busy", (400.0,), (0.375, 0.375)),
    Row("uk", "reorder", (400.0,), (0.4, 0.35, 0.225, 0.525)),
    Row("fr", "dial", (440.0,)),
    Row("fr", "ringback", (440.0,), (1.5, 3.5)),
    Row("fr", "busy", (440.0,), (0.5, 0.5)),
    Row("fr", "reorder", (440.0,), (0.25, 0.25)),
    Row("de", "dial", (425.0,), (), _425),
    Row("de", "ringback", (425.0,), (1.0, 4.0), _425),
    Row("de", "busy", (425.0,), (0.48, 0.48), _425),
    Row("de", "reorder", (425.0,), (0.24, 0.24), _425),
    Row("es", "dial", (425.0,), (), _425),
    Row("es", "ringback", (425.0,), (1.5, 3.0), _425),
    Row("es", "busy", (425.0,), (0.2, 0.2), _425),
    Row("es", "reorder", (425.0,), (0.2, 0.2, 0.2, 0.2, 0.2, 0.6), _425),
    Row("it", "dial", (425.0,), (0.2, 0.2, 0.6, 1.0), _425),
    Row("it", "ringback", (425.0,), (1.0, 4.0), _425),
    Row("it", "busy", (425.0,), (0.5, 0.5), _425),
    Row("it", "reorder", (425.0,), (0.2, 0.2), _425),
    Row("jp", "dial", (400.0,)),
    Row("jp", "ringback", (400.0,), (1.0, 2.0), modulation_hz=16.0),
    Row("jp", "busy", (400.0,), (0.5, 0.5)),
    Row("jp", "reorder", (400.0,), (0.5, 0.5)),
    Row("au", "dial", (413.0, 438.0)),
    Row("au", "ringback", (413.0, 438.0), (0.4, 0.2, 0.4, 2.0)),
    Row("au", "busy", (425.0,), (0.375, 0.375), _425),
    Row("au", "reorder", (425.0,), (0.375, 0.375), _425, alternate_db=10.0),
    Row("au", "reorder", (425.0,), (0.375, 1.125), _425),  # its weak bursts lost in noise
    Row("in", "dial", (400.0,), modulation_hz=25.0),
    Row("in", "ringback", (400.0,), (0.4, 0.2, 0.4, 2.0), modulation_hz=25.0),
    Row("in", "busy", (400.0,), (0.75, 0.75)),
    Row("in", "reorder", (400.0,), (0.25, 0.25)),
)
FAMILIES: Final[tuple[Family, ...]] = tuple(dict.fromkeys(row.family for row in ROWS))
SUPERVISORY: Final = ("dial", "ringback", "busy", "reorder")
