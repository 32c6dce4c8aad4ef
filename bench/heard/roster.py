"""Who takes part: ours, and those of the others that are installed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

from bench.heard.ours import Ours
from bench.heard.peers.multimon import Multimon
from bench.heard.peers.spandsp import Spandsp
from bench.heard.receiver import Missing, Receiver

OURS: Final = "callsieve"
PEERS: Final[tuple[Callable[[], Receiver], ...]] = (Spandsp, Multimon)
# receivers that take part in some clauses only, beside themselves with other settings
VARIANTS: Final[dict[str, Callable[[], Receiver]]] = {
    "callsieve, not told of losses": partial(Ours, masked=False),
    "spandsp, dial-tone filter": partial(Spandsp, dial_tone_filter=True),
}


@dataclass(frozen=True, slots=True)
class Roster:
    """Receivers of DTMF, ours first, and why the others that are missing are."""

    receivers: tuple[Receiver, ...]
    missing: tuple[str, ...]


@lru_cache(maxsize=1)
def roster() -> Roster:
    """Look who is here."""
    here: list[Receiver] = [Ours()]
    missing: list[str] = []
    for peer in PEERS:
        try:
            here.append(peer())
        except Missing as why:
            missing.append(str(why))
    return Roster(tuple(here), tuple(missing))


def variants(names: tuple[str, ...]) -> tuple[Receiver, ...]:
    """Make receivers of `VARIANTS`; those that are missing are left out."""
    here: list[Receiver] = []
    for name in names:
        try:
            here.append(VARIANTS[name]())
        except Missing:
            continue
    return tuple(here)
