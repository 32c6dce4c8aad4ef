"""The whole benchmark: its tasks, divided among processes, and their results in an order of their own."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bench.dtmf.clause import LeftOut, Material, clauses, run_case
from bench.dtmf.results import Cell, Report, Speed, TalkOff
from bench.dtmf.talkoff import Batch, batches, gathered, run_batch
from bench.heard.corpora import Places, Recording, absent, find
from bench.heard.halves import FIRST_REPORTED_SEED, Half, half_of_seed
from bench.heard.pool import do_all
from bench.heard.roster import roster, variants
from bench.heard.speeds import SPEEDS
from bench.machine import commit, machine
from bench.result import BenchError
from bench.timing import Effort
from models.errors import ModelError
from models.sounds.synthesiser import SynthesiserError

TRIALS: Final = 1000
QUICK_TRIALS: Final = 48
QUICK_FILES: Final = 10  # of each source
QUICK_MUSIC: Final = 1
TALK_OFF, SPEED = "talk-off", "speed"
TUNE_SEED: Final = 1

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What to run.

    Attributes
    ----------
    half : "tune" or "report"
        Which half of the material is heard.
    seed : int
        Of what is made; below 1,000 for the half that tunes.
    quick : bool
        Few trials and recordings: does it run, not what it reaches.
    only : tuple of str
        Names of `parts`; empty: all.
    places : Places
        Where recordings are looked for.
    processes : int
        How many at a time.
    tell : callable
        Told the stage, how much of it is done, and of how much.
    """

    half: Half = "report"
    seed: int = FIRST_REPORTED_SEED
    quick: bool = False
    only: tuple[str, ...] = ()
    places: Places = field(default_factory=Places)
    processes: int = 2
    tell: Tell = field(default=lambda stage, done, total: None)

    @property
    def trials(self) -> int:
        """Trials of each case."""
        return QUICK_TRIALS if self.quick else TRIALS

    @property
    def command(self) -> str:
        """What runs the same again."""
        flags = ["--quick"] if self.quick else []
        flags += ["--tune"] if self.half == "tune" else []
        flags += ["--seed", str(self.seed)] if self.seed not in {FIRST_REPORTED_SEED, TUNE_SEED} else []
        flags += [word for name in self.only for word in ("--only", name)]
        return shlex.join(["callsieve", "bench", "dtmf", *flags])


@dataclass(frozen=True, slots=True)
class _CaseTask:
    clause: str
    place: int
    material: Material
    seed: int
    trials: int

    @property
    def name(self) -> str:
        return self.clause


@dataclass(frozen=True, slots=True)
class _TalkTask:
    batch: Batch
    speeds: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{TALK_OFF}, {self.batch.source}"


_Task = _CaseTask | _TalkTask
_Found = Cell | list[TalkOff] | str


def parts() -> tuple[str, ...]:
    """Names of what can be run by itself."""
    return (*clauses(), TALK_OFF, SPEED)


def run(options: Options) -> Report:
    """Run the benchmark.

    Raises
    ------
    BenchError
        For a name that isn't there, or a seed of the other half.
    """
    check(options)
    here, code = machine(), commit()
    began, begun_s = datetime.now(UTC), time.monotonic()
    wanted = options.only or parts()
    tasks = list(_tasks(options, wanted))
    done = do_all(tasks, _do, options.processes, lambda count, total: options.tell("trials", count, total))
    cells: list[Cell] = []
    talk: list[TalkOff] = []
    left_out: dict[str, str] = {}
    for task, found in zip(tasks, done, strict=True):
        if isinstance(found, str):
            left_out[task.name] = found
        elif isinstance(found, Cell):
            cells.append(found)
            left_out |= {
                f"{name} in {found.clause}, {found.series}, {found.x:g}": w for name, w in found.failed.items()
            }
        else:
            talk += found
    if TALK_OFF in wanted and not any(isinstance(task, _TalkTask) for task in tasks):
        left_out[TALK_OFF] = "no recordings here"
    speed: list[Speed] = []
    if SPEED in wanted:
        try:
            speed = _speed(options)
        except SynthesiserError as why:  # the simulated calls need it
            left_out[SPEED] = str(why)
    return Report(
        command=options.command,
        began=began.isoformat(timespec="seconds"),
        commit=code,
        seed=options.seed,
        half=options.half,
        quick=options.quick,
        machine=here,
        receivers={each.name: each.about for each in roster().receivers},
        missing=[*roster().missing, *(absent(options.places, options.half) if TALK_OFF in wanted else ())],
        left_out=left_out,
        cells=cells,
        talk_off=gathered(talk),
        speed=speed,
        seconds=round(time.monotonic() - begun_s, 1),
    )


def check(options: Options) -> None:
    """See that options fit together.

    Raises
    ------
    BenchError
        For a name that isn't there, or a seed of the other half.
    """
    unknown = [name for name in options.only if name not in parts()]
    if unknown:
        raise BenchError(f"no clause is called {unknown[0]!r}; there are {', '.join(parts())}")
    if half_of_seed(options.seed) != options.half:
        raise BenchError(
            f"seed {options.seed} belongs to the half that is for {half_of_seed(options.seed)}: "
            f"seeds below {FIRST_REPORTED_SEED} tune, the others are reported"
        )


def _speed(options: Options) -> list[Speed]:
    from bench.dtmf.speed import measure

    def tell(done: int, total: int) -> None:
        options.tell(SPEED, done, total)

    return measure(Effort(quick=options.quick, seed=options.seed, tell=tell))


def _tasks(options: Options, wanted: Sequence[str]) -> Iterator[_Task]:
    """Talk-off first: its tasks are the longest, and the short ones fill up what time is left."""
    if TALK_OFF in wanted:
        recordings = find(options.places, options.half)
        if options.quick:
            recordings = _first_of_each(recordings)
        for batch in batches(recordings):
            yield _TalkTask(batch, (1.0,) if options.quick else SPEEDS)
    material = Material(options.half, options.places)
    for name, clause in clauses().items():
        if name in wanted:
            for place in range(len(clause.cases)):
                yield _CaseTask(name, place, material, options.seed, options.trials)


def _first_of_each(recordings: Sequence[Recording]) -> list[Recording]:
    counted: Counter[str] = Counter()
    kept: list[Recording] = []
    for each in recordings:
        counted[each.source] += 1
        if counted[each.source] <= (QUICK_MUSIC if each.kind == "music" else QUICK_FILES):
            kept.append(each)
    return kept


def _do(task: _Task) -> _Found:
    """Do one task; why one can't be done is told in words, so that the others' minutes aren't lost."""
    receivers = roster().receivers
    try:
        if isinstance(task, _TalkTask):
            return run_batch(task.batch, task.speeds, receivers)
        clause = clauses()[task.clause]
        return run_case(
            clause, task.place, (*receivers, *variants(clause.variants)), task.material, task.seed, task.trials
        )
    except (LeftOut, BenchError, ModelError) as why:
        return str(why)
