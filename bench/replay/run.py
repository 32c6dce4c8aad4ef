"""The whole run: calls, contenders, trials, figures."""

import math
import random
import shlex
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bench.heard.corpora import Places, absent
from bench.heard.halves import Half
from bench.heard.pool import do_all
from bench.machine import commit, machine
from bench.replay import speed
from bench.replay.contender import Contender, Missing
from bench.replay.corpus import Call, corpus
from bench.replay.distortions import DISTORTIONS
from bench.replay.ours import Callsieve
from bench.replay.peers.chromaprint import Chromaprint
from bench.replay.peers.landmarks import Landmarks
from bench.replay.queries import BY_CHUNKS_S, positives
from bench.replay.results import Corpus, Report, Size
from bench.replay.tally import tallies
from bench.replay.trials import Arena, Task, Trial, run_task
from models.sounds.scale import RATE

Tell = Callable[[str, int, int], None]

PEERS: Final[tuple[Callable[[], Contender], ...]] = (Chromaprint, Landmarks)
AT_ONCE: Final = 50  # queries of a task
TIMED: Final = 40  # calls, and queries, that are timed


@dataclass(frozen=True, slots=True)
class Effort:
    """Queries of one length: of each distortion, of unknown calls, and one in how many tasks the peers are asked."""

    length_s: float
    known: int
    unknown: int
    peers_every: int


# 5 s is what is promised; of 4 s each is two of 2 s
WHOLE: Final = (
    Effort(5.0, 100, 11_000, 5),
    Effort(BY_CHUNKS_S, 40, 6_000, 6),
    Effort(10.0, 12, 1_000, 5),
)
QUICK: Final = (Effort(5.0, 10, 1_500, 2), Effort(BY_CHUNKS_S, 6, 700, 4), Effort(10.0, 2, 100, 2))
TRY: Final = (Effort(5.0, 1, 30, 1), Effort(BY_CHUNKS_S, 1, 10, 1), Effort(10.0, 1, 10, 1))


@dataclass(frozen=True, slots=True)
class Options:
    """What to measure.

    Attributes
    ----------
    half : "report" or "tune"
    quick : bool
        A tenth of the queries: does it run, not what it reaches.
    small : bool
        A few calls too; for tests.
    processes : int
        How many at a time.
    minutes : float, optional
        No query is asked after so long; they come in a shuffled order, so that what was asked until then is a fair
        part of all.
    places : Places
        Where recordings are looked for.
    tell : callable
        Told the stage, how much of it is done, and of how much.
    """

    half: Half = "report"
    quick: bool = False
    small: bool = False
    processes: int = 1
    minutes: float | None = None
    places: Places = field(default_factory=Places)
    tell: Tell = field(default=lambda stage, done, total: None)

    @property
    def command(self) -> str:
        """What runs the same again."""
        flags = ["--quick"] if self.quick else []
        flags += ["--half", self.half] if self.half != "report" else []
        flags += ["--minutes", f"{self.minutes:g}"] if self.minutes is not None else []
        return shlex.join(["callsieve", "bench", "replay", *flags])

    @property
    def efforts(self) -> tuple[Effort, ...]:
        """How many queries."""
        return TRY if self.small else QUICK if self.quick else WHOLE


class _Ready:
    """What a task works on; the processes that do tasks inherit it."""

    arena: Arena | None = None
    until_s: float = math.inf  # of the monotonic clock


def run(options: Options) -> Report:
    """Run the benchmark.

    Raises
    ------
    BenchError
        If a recording can't be read, or a peer fails.
    ValueError
        If there are no recordings and no synthesiser.
    """
    here, code = machine(), commit()
    began, begun_s = datetime.now(UTC), time.monotonic()
    arena, missing = _arena(options)
    _Ready.arena = arena
    _Ready.until_s = math.inf if options.minutes is None else begun_s + 60.0 * options.minutes
    tasks = list(_tasks(options.efforts))
    random.Random(arena.corpus.seed).shuffle(tasks)
    done = do_all(
        tasks, _do, options.processes, lambda count, total: options.tell("queries", count, total), start="fork"
    )
    trials: list[Trial] = [trial for found in done for trial in found]
    own = tallies(trials)
    known, unknown = arena.corpus.enrolled, arena.corpus.others
    seconds = sum(call.pcm.size for call in known) / RATE
    clean = list(positives(arena.corpus, DISTORTIONS[0], 5.0, TIMED))
    return Report(
        command=options.command,
        began=began.isoformat(timespec="seconds"),
        commit=code,
        seed=arena.corpus.seed,
        half=options.half,
        quick=options.quick,
        machine=here,
        contenders={each.name: each.about for each in (arena.ours, *arena.peers)},
        missing=missing,
        corpus=_counted(known, unknown),
        cells=[cell for tally in own for cell in tally.cells()],
        totals=[total for tally in own for total in tally.totals()],
        curves=[curve for tally in own for curve in tally.curves()],
        stated=[stated for tally in own for stated in tally.stated()],
        errors=[error for tally in own for error in tally.errors()],
        parts=[part for tally in own for part in tally.parts()],
        unknown=[kind for tally in own for kind in tally.unknowns()],
        speed=speed.measure(arena.ours, [call.pcm for call in known[:: max(len(known) // TIMED, 1)]], clean),
        sizes=[
            Size(
                contender=each.name,
                bytes_per_call=round(each.bytes_per_call, 1),
                bytes_per_s=round(each.bytes_per_call * len(known) / seconds, 1),
            )
            for each in (arena.ours, *arena.peers)
        ],
        seconds=round(time.monotonic() - begun_s, 1),
    )


def _arena(options: Options) -> tuple[Arena, list[str]]:
    """Build the calls and let everybody know the enrolled ones."""
    options.tell("calls", 0, 1)
    heard = corpus(options.half, options.places, quick=options.small)
    options.tell("calls", 1, 1)
    missing = [*heard.missing, *absent(options.places, options.half)]
    ours, peers = Callsieve(), []
    for peer in PEERS:
        try:
            peers.append(peer())
        except Missing as why:
            missing.append(str(why))
    everybody: list[Contender] = [ours, *peers]
    for number, each in enumerate(everybody, start=1):
        each.enroll([call.pcm for call in heard.enrolled])
        options.tell("enrolled", number, len(everybody))
    return Arena(heard, ours, tuple(peers)), missing


def _tasks(efforts: Sequence[Effort]) -> Iterator[Task]:
    """List all that is to be asked: of unknown calls and, distortion by distortion, of known ones."""
    for effort in efforts:
        for place, first in enumerate(range(0, effort.unknown, AT_ONCE)):
            count = min(AT_ONCE, effort.unknown - first)
            yield Task("", effort.length_s, first, count, place % effort.peers_every == 0)
    for effort in efforts:
        for distortion in DISTORTIONS:
            for first in range(0, effort.known, AT_ONCE):
                count = min(AT_ONCE, effort.known - first)
                # peers hear a part of every distortion, where they don't hear all
                asked = count if effort.peers_every == 1 else -(-count // effort.peers_every)
                yield Task(distortion.name, effort.length_s, first, asked, True)
                if count > asked:
                    yield Task(distortion.name, effort.length_s, first + asked, count - asked, False)


def _do(task: Task) -> list[Trial]:
    if _Ready.arena is None:
        raise RuntimeError("a task was begun where nothing is ready")
    return run_task(_Ready.arena, task) if time.monotonic() < _Ready.until_s else []


def _counted(known: Sequence[Call], unknown: Sequence[Call]) -> Corpus:
    return Corpus(
        known=dict(sorted(Counter(call.source for call in known).items())),
        unknown=dict(sorted(Counter(call.source for call in unknown).items())),
        known_s=round(sum(call.pcm.size for call in known) / RATE),
        unknown_s=round(sum(call.pcm.size for call in unknown) / RATE),
        known_recordings=sum(call.recordings for call in known),
        unknown_recordings=sum(call.recordings for call in unknown),
    )
