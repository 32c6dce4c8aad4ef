"""A clause: what is asked of a receiver, as cases that make trials from a seed."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from bench.dtmf.digits import Trials
from bench.dtmf.results import Cell
from bench.heard.corpora import Places
from bench.heard.halves import Half
from bench.heard.receiver import Heard, Receiver
from bench.result import BenchError

Wanted = Literal["accept", "reject", "either"]


class LeftOut(Exception):  # noqa: N818  (no failure: the page says what is missing)
    """What a clause needs isn't here; the message says what and how to come by it."""


@dataclass(frozen=True, slots=True)
class Material:
    """What trials are made from besides a seed: where recordings lie, and which half of them is heard."""

    half: Half
    places: Places


Build = Callable[[np.random.Generator, int, Material], Trials]


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of a table.

    Attributes
    ----------
    series : str
        The row or the curve that it belongs to.
    x : float
        Where on the curve, in the clause's unit.
    wanted : "accept", "reject" or "either"
        Whether each trial's digits are to be found exactly, or nothing at all, or Q.24 leaves it open.
    build : callable
        From a generator, how many trials, and the material to the trials.
    """

    series: str
    x: float
    wanted: Wanted
    build: Build


@dataclass(frozen=True, slots=True)
class Clause:
    """Cases that ask the same in degrees.

    ``unit`` is that of `Case.x`. ``variants`` names what else takes part besides the receivers of every clause:
    see `bench.heard.roster`.
    """

    name: str
    title: str
    about: str
    unit: str
    cases: tuple[Case, ...]
    variants: tuple[str, ...] = ()


def run_case(clause: Clause, place: int, receivers: Sequence[Receiver], material: Material, seed: int, n: int) -> Cell:
    """Make the trials of a case and put them to all receivers; one that fails costs the others nothing.

    Parameters
    ----------
    clause : Clause
    place : int
        Of the case in the clause.
    receivers : sequence of Receiver
    material : Material
    seed : int
        The same seed makes the same trials, whichever clauses run.
    n : int
        Trials.

    Raises
    ------
    LeftOut
        If what the case needs isn't here.
    """
    case = clause.cases[place]
    rng = np.random.default_rng([seed, zlib.crc32(clause.name.encode()), place])
    made = case.build(rng, n, material)
    pieces = list(made.rows)
    received = None if made.received is None else list(made.received)
    hits: dict[str, int] = {}
    failed: dict[str, str] = {}
    for receiver in receivers:
        try:
            hits[receiver.name] = count_hits(receiver.hear(pieces, received), made.truth, case.wanted)
        except BenchError as why:
            failed[receiver.name] = str(why)
    return Cell(
        clause=clause.name, series=case.series, x=case.x, wanted=case.wanted, trials=n, hits=hits, failed=failed
    )


def count_hits(heard: Sequence[Sequence[Heard]], truth: Sequence[str], wanted: Wanted) -> int:
    """Count trials in which the digits came out exactly or, where none is wanted, in which any came out."""
    told = ["".join(each.symbol for each in piece) for piece in heard]
    if wanted == "reject":
        return sum(bool(each) for each in told)
    return sum(each == sent for each, sent in zip(told, truth, strict=True))


@lru_cache(maxsize=1)
def clauses() -> dict[str, Clause]:
    """All clauses by name, in the page's order."""
    from bench.dtmf.clauses import coding, frequency, level, line, loss, noise, speech, timing

    found = (
        *frequency.CLAUSES, *level.CLAUSES, *timing.CLAUSES, *noise.CLAUSES, *line.CLAUSES, *coding.CLAUSES,
        *loss.CLAUSES, *speech.CLAUSES,
    )  # fmt: skip
    return {clause.name: clause for clause in found}
