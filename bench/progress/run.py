"""The whole evaluation: trials, recordings, speed."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from bench.dtmf.talkoff import batches
from bench.heard.corpora import Places, Recording, absent, find
from bench.heard.halves import FIRST_REPORTED_SEED, Half, half_of_seed
from bench.heard.pool import do_all
from bench.heard.receiver import Missing
from bench.heard.speeds import SPEEDS
from bench.machine import commit, machine
from bench.progress import peers, speed
from bench.progress.conditions import CONDITIONS
from bench.progress.mistaken import Mistaken, gathered
from bench.progress.results import Report
from bench.progress.signals import SYMBOLS
from bench.progress.tasks import Play, Task, Trials, do
from bench.progress.trials import QUICK_TRIALS, TRIALS, plan
from bench.result import BenchError, Findings
from bench.timing import Effort
from models.channel.codecs import through

TUNE_SEED: Final = 1
_QUICK_RECORDINGS: Final = 10
_TRIED: Final = 1600  # samples through each codec before anything else runs
RECORDINGS: Final = "recordings"  # in `only`: nothing but what is mistaken for a tone
_LONG_SOURCE: Final = "warzone2100"  # four hours of music: every other piece of it

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run: `only` holds symbols, names of conditions, or "recordings"; empty runs everything."""

    command: str
    quick: bool = False
    tune: bool = False
    only: frozenset[str] = frozenset()
    seed: int | None = None
    data: Path | None = None
    processes: int = 2

    @property
    def half(self) -> Half:
        """Which recordings are heard."""
        return "tune" if self.tune else "report"

    @property
    def plays(self) -> bool:
        """Whether recordings are heard at all."""
        return not self.only or RECORDINGS in self.only

    @property
    def first_seed(self) -> int:
        """Of the trials.

        Raises
        ------
        BenchError
            If the seed belongs to the other half.
        """
        seed = (TUNE_SEED if self.tune else FIRST_REPORTED_SEED) if self.seed is None else self.seed
        if half_of_seed(seed) != self.half:
            below = f"seeds below {FIRST_REPORTED_SEED} tune"
            raise BenchError(f"{below}, those from it on are reported: {seed} is of the other half")
        return seed


def evaluate(wanted: Wanted, tell: Tell) -> Report:
    """Run what is wanted.

    Raises
    ------
    BenchError
        For a seed of the other half, or a recording that can't be read.
    ModelError
        If a codec isn't installed.
    """
    seed, here, code = wanted.first_seed, machine(), commit()
    began, begun_s = datetime.now(UTC), time.monotonic()
    missing = _missing(wanted)
    tasks = list(_tasks(wanted, seed, with_spandsp=not any("spandsp" in one for one in missing)))
    _try_codecs(tasks)
    done = do_all(tasks, do, wanted.processes, lambda count, total: tell("trials and recordings", count, total))
    found = Findings()
    if not wanted.only:
        found = speed.measure(Effort(wanted.quick, tell=lambda count, total: tell("speed", count, total)))
    return Report(
        command=wanted.command,
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - begun_s, 1),
        commit=code,
        seed=seed,
        half=wanted.half,
        quick=wanted.quick,
        machine=here,
        missing=missing,
        cells=[cell for one in done if isinstance(one, list) for cell in one],
        mistaken=gathered(one for one in done if isinstance(one, Mistaken)),
        speed=found,
    )


def _tasks(wanted: Wanted, seed: int, *, with_spandsp: bool) -> Iterator[Task]:
    """Recordings first: their tasks are the longest, and the short ones fill up what time is left."""
    if wanted.plays:
        for batch in batches(_recordings(wanted)):
            yield Play(batch, (1.0,) if wanted.quick else SPEEDS, with_spandsp)
    if wanted.only != {RECORDINGS}:
        for series in plan(QUICK_TRIALS if wanted.quick else TRIALS, wanted.only - {RECORDINGS}):
            yield Trials(series, seed, with_spandsp)


def _try_codecs(tasks: Sequence[Task]) -> None:
    """Use every codec once: one that isn't installed should be told now, not after an hour."""
    wanted = {task.series.condition.codec for task in tasks if isinstance(task, Trials)} - {None}
    for codec in sorted(str(one) for one in wanted):
        through(np.zeros(_TRIED, np.int16), codec)


def _recordings(wanted: Wanted) -> list[Recording]:
    found = find(Places(wanted.data), wanted.half)
    if wanted.quick:
        return _some(found)
    by_source: Counter[str] = Counter()
    kept = []
    for one in found:
        by_source[one.source] += 1
        if one.source != _LONG_SOURCE or by_source[one.source] % 2:
            kept.append(one)
    return kept


def _missing(wanted: Wanted) -> list[str]:
    told = []
    try:
        peers.connect()
    except Missing as why:
        told.append(str(why))
    return [*told, *(absent(Places(wanted.data), wanted.half) if wanted.plays else ())]


def _some(recordings: list[Recording]) -> list[Recording]:
    """Few, but of every kind, and none of the long ones."""
    some: list[Recording] = []
    for kind in ("speech", "noise", "music"):
        own = [one for one in recordings if one.kind == kind]
        some += sorted(own, key=lambda one: one.path.stat().st_size)[: 1 if kind == "music" else _QUICK_RECORDINGS]
    return sorted(some, key=lambda one: one.source)


def known(only: frozenset[str]) -> frozenset[str]:
    """Everything that may be asked for alone.

    Raises
    ------
    BenchError
        If something else is.
    """
    names = {*SYMBOLS, *(condition.name for condition in CONDITIONS), RECORDINGS}
    if only - names:
        raise BenchError(f"no {', '.join(sorted(only - names))!r}; there are {', '.join(sorted(names))}")
    return only
