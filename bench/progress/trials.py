"""Trials, made from a seed: the same seed, the same sounds, whatever else is tried beside them."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.progress.conditions import CODED, NOISES, PLAIN, Condition, send
from bench.progress.ears import Ear
from bench.progress.signals import DATA, SUPERVISORY, SYMBOLS, Signal, signals
from bench.progress.tally import Tally

TRIALS: Final = 1100  # so that each line of the national table, too, comes to a thousand over all conditions
QUICK_TRIALS: Final = 36  # each country's line once


@dataclass(frozen=True, slots=True)
class Series:
    """Trials of one cell: its signals take turns."""

    name: str
    signals: tuple[Signal, ...]
    condition: Condition
    trials: int

    def run(self, seed: int, ears: Mapping[str, Ear], tally: Tally) -> None:
        """Make every trial and let everybody hear it; who gives None does not listen for this signal."""
        salt = zlib.crc32(f"{self.name} {self.condition.name}".encode())
        for number in range(self.trials):
            rng = np.random.default_rng((seed, salt, number))
            signal = self.signals[number % len(self.signals)]
            heard = send(rng, signal, self.condition)
            for way, ear in ears.items():
                found = ear(rng, signal, heard)
                if found is not None:
                    tally.add(signal, self.condition.name, way, found)


def plan(trials: int, only: frozenset[str] = frozenset()) -> list[Series]:
    """Every cell of the evaluation.

    Parameters
    ----------
    trials : int
        Of each cell. In noise a cell is one symbol; elsewhere it is all supervisory tones, or all others, and behind
        codecs, which take long to run, both together.
    only : frozenset of str
        Symbols or names of conditions to keep; empty keeps all.
    """
    every = signals()

    def of(*symbols: str) -> tuple[Signal, ...]:
        kept = [symbol for symbol in symbols if not only & set(SYMBOLS) or symbol in only]
        return _by_turns([every[symbol] for symbol in kept])

    series = [Series(symbol, of(symbol), condition, trials) for condition in NOISES for symbol in SYMBOLS]
    for condition in PLAIN:
        series += [Series("supervisory", of(*SUPERVISORY), condition, trials)]
        series += [Series("others", of(*DATA), condition, trials)]
    series += [Series("all", of(*SYMBOLS), condition, trials) for condition in CODED]
    conditions = only - set(SYMBOLS)
    return [one for one in series if one.signals and (not conditions or one.condition.name in conditions)]


def _by_turns(groups: list[tuple[Signal, ...]]) -> tuple[Signal, ...]:
    """Forms of several symbols in an order in which every symbol, and every form of one, comes up equally often."""
    if not groups:
        return ()
    rounds = int(np.lcm.reduce([len(forms) for forms in groups]))
    return tuple(forms[turn % len(forms)] for turn in range(rounds) for forms in groups)


def run(series: list[Series], seed: int, ears: Mapping[str, Ear], tell: Callable[[int, int], None]) -> Tally:
    """Run everything."""
    tally = Tally()
    total, done = sum(one.trials for one in series), 0
    for one in series:
        one.run(seed, ears, tally)
        done += one.trials
        tell(done, total)
    return tally
