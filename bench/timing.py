"""Times ways of doing the same work in turn, so that a machine that is slow for a while is slow for all of them."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from threadpoolctl import threadpool_limits

from bench.result import Case, Findings, Ratio, Spread

ROUNDS: Final = 15
QUICK_ROUNDS: Final = 3
FEWEST_ROUNDS: Final = 5
ENOUGH_S: Final = 20.0  # CPU time after which fewer rounds do
TIMED_S: Final = 0.12  # of each way in each round, CPU time
QUICK_TIMED_S: Final = 0.02
MOST_CALLS: Final = 100_000

Tell = Callable[[int, int], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Contender:
    """One way: ``work`` does it once and tells how many units it did. The first of several is ours."""

    name: str
    about: str
    work: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Effort:
    """How thoroughly to measure, from which seed, and whom to tell how far it is."""

    quick: bool = False
    seed: int = 1
    tell: Tell = field(default=lambda done, total: None)

    @property
    def rounds(self) -> int:
        """How often each way is timed."""
        return QUICK_ROUNDS if self.quick else ROUNDS


def each(items: Sequence[T], work: Callable[[T], object], units: int | None = None) -> Callable[[], int]:
    """Make a contender's work of doing something to each of some items; a unit is an item unless told."""

    def done() -> int:
        for item in items:
            work(item)
        return len(items) if units is None else units

    return done


def spread(values: Sequence[float]) -> Spread:
    """Median, least and greatest of at least one value, to six digits."""
    return Spread(median=_short(statistics.median(values)), low=_short(min(values)), high=_short(max(values)))


def compare(unit: str, contenders: Sequence[Contender], effort: Effort) -> Findings:
    """Time every way in every round, each round in the other order; rates, and ratios of the first to the others.

    CPU time of this process counts, not time on the clock: what others do on the machine then tells less. Libraries
    are held to one thread. Every way is run before it is timed, so nothing is compiled within.
    """
    rates: dict[str, list[float]] = {one.name: [] for one in contenders}
    with threadpool_limits(1):
        calls = {one.name: _calls(one, QUICK_TIMED_S if effort.quick else TIMED_S) for one in contenders}
        begun, done = time.process_time(), 0
        while done < effort.rounds and (done < FEWEST_ROUNDS or time.process_time() - begun < ENOUGH_S):
            for one in contenders if done % 2 == 0 else reversed(contenders):
                rates[one.name].append(_rate(one, calls[one.name]))
            done += 1
            effort.tell(done, effort.rounds)
    ours = contenders[0]
    return Findings(
        unit=unit,
        rounds=done,
        cases=[
            Case(name=one.name, about=one.about, baseline=one is not ours, rate=spread(rates[one.name]))
            for one in contenders
        ],
        ratios=[
            Ratio(
                of=ours.name,
                over=one.name,
                times=spread([a / b for a, b in zip(rates[ours.name], rates[one.name], strict=True)]),
            )
            for one in contenders[1:]
        ],
    )


def _calls(one: Contender, seconds: float) -> int:
    """How often to call a way so that it takes about so long; the first call compiles and fills caches."""
    one.work()
    calls = 1
    while calls < MOST_CALLS:
        begun = time.process_time()
        for _ in range(calls):
            one.work()
        took = time.process_time() - begun
        if took >= seconds / 2:
            return max(1, round(calls * seconds / took))
        calls *= 4 if took < seconds / 8 else 2
    return calls


def _rate(one: Contender, calls: int) -> float:
    gc.collect()
    units = 0
    begun = time.process_time()
    for _ in range(calls):
        units += one.work()
    return units / max(time.process_time() - begun, 1e-9)


def _short(value: float) -> float:
    return float(f"{value:.6g}")
