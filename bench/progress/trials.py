"""Trials, made from a seed: the same seed, the same sounds, whatever else is tried beside them."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.progress.conditions import CODED, NOISES, PLAIN, Condition, send
from bench.progress.ears import Ear
from bench.progress.results import CHUNK
from bench.progress.signals import DATA, SUPERVISORY, SYMBOLS, Signal, signals
from bench.progress.tally import Cell, Tally

TRIALS: Final = 1050  # so that each line of the national table, too, comes to a thousand over all conditions
CHUNK_ROUNDS: Final = 4  # in noise: its five conditions are told together, with 1,300 chunks of each symbol
MIXED_CHUNK_ROUNDS: Final = 2  # elsewhere: all signals are told together
QUICK_TRIALS: Final = 36  # each country's line once


@dataclass(frozen=True, slots=True)
class Series:
    """Trials of one cell: its signals take turns, and of so many rounds of them one is heard as a chunk too."""

    name: str
    symbols: tuple[str, ...]
    condition: Condition
    trials: int
    chunk_rounds: int = 1

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Every form of its symbols, in the order in which they are tried."""
        return _by_turns([signals()[symbol] for symbol in self.symbols])

    def run(self, seed: int, ears: Mapping[str, Ear]) -> list[Cell]:
        """Make every trial and let everybody hear it; who gives None does not listen for this signal."""
        tally, turns = Tally(), self.signals
        salt = zlib.crc32(f"{self.name} {self.condition.name}".encode())
        for number in range(self.trials):
            rng = np.random.default_rng((seed, salt, number))
            signal = turns[number % len(turns)]
            heard = send(rng, signal, self.condition)
            for way, ear in ears.items():
                if way == CHUNK and number // len(turns) % self.chunk_rounds:
                    continue
                found = ear(rng, signal, heard)
                if found is not None:
                    tally.add(signal, self.condition.name, way, found, heard.begins_s)
        return tally.cells()


def plan(trials: int, only: frozenset[str] = frozenset()) -> list[Series]:
    """Every cell of the evaluation.

    Parameters
    ----------
    trials : int
        Of each cell. In noise a cell is one symbol; elsewhere it is all supervisory tones, or all others.
    only : frozenset of str
        Symbols or names of conditions to keep; empty keeps all.
    """
    symbols = only & set(SYMBOLS)

    def kept(*wanted: str) -> tuple[str, ...]:
        return tuple(symbol for symbol in wanted if not symbols or symbol in symbols)

    series = [Series(symbol, kept(symbol), one, trials, CHUNK_ROUNDS) for one in NOISES for symbol in SYMBOLS]
    for condition in (*PLAIN, *CODED):
        series += [Series("supervisory", kept(*SUPERVISORY), condition, trials, MIXED_CHUNK_ROUNDS)]
        series += [Series("others", kept(*DATA), condition, trials, MIXED_CHUNK_ROUNDS)]
    conditions = only - symbols
    return [one for one in series if one.symbols and (not conditions or one.condition.name in conditions)]


def _by_turns(groups: list[tuple[Signal, ...]]) -> tuple[Signal, ...]:
    """Forms of several symbols in an order in which every symbol, and every form of one, comes up equally often."""
    if not groups:
        return ()
    rounds = int(np.lcm.reduce([len(forms) for forms in groups]))
    return tuple(forms[turn % len(forms)] for turn in range(rounds) for forms in groups)
