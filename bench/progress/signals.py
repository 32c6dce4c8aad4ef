"""All signals that are tried, one list."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from bench.progress.data_tones import FORMS
from bench.progress.national import KINDS, PLANS, Make, maker, names

SUPERVISORY: Final = KINDS
DATA: Final = tuple(FORMS)
SYMBOLS: Final = (*SUPERVISORY, *DATA)
_T30_SHIFT: Final = 15 / 2100  # how far off an answer tone may be; more, and it is none
_NARROW: Final = ("ced", "ans_pr", "ansam", "ansam_pr")


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: what it is called, by which country or form, and which names of it are right."""

    symbol: str
    form: str
    right: frozenset[str]
    make: Make

    @property
    def widest(self) -> float:
        """How far its frequency may be off at most, relative, and still be tried: its Recommendation's tolerance."""
        return _T30_SHIFT if self.symbol in _NARROW else 1.0


@cache
def signals() -> dict[str, tuple[Signal, ...]]:
    """Every form of every symbol."""
    found: dict[str, tuple[Signal, ...]] = {}
    for place, kind in enumerate(KINDS):
        plans = ((country, row[place]) for country, row in PLANS.items())
        found[kind] = tuple(Signal(kind, country, names(plan), maker(kind, plan)) for country, plan in plans)
    for symbol, forms in FORMS.items():
        found[symbol] = tuple(Signal(symbol, form, frozenset({symbol}), make) for form, make in forms.items())
    return found
