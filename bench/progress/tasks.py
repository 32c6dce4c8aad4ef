"""Trials and recordings as tasks of their own, divided among processes; results in the order of the tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bench.dtmf.talkoff import Batch
from bench.progress import ears, peers
from bench.progress.ears import Ear as TrialEar
from bench.progress.mistaken import Chunks, Ear, Mistaken, Other, Stream, listen
from bench.progress.results import CHUNK, CHUNKS, OURS, SPANDSP
from bench.progress.tally import Cell
from bench.progress.trials import Series

COUNTRIES: Final = ("US, Canada", "Germany")  # whose tones spandsp listens for in recordings


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials of one cell."""

    series: Series
    seed: int
    with_spandsp: bool


@dataclass(frozen=True, slots=True)
class Play:
    """Recordings of one source, at some speeds."""

    batch: Batch
    speeds: tuple[float, ...]
    with_spandsp: bool


Task = Trials | Play
Found = list[Cell] | Mistaken


def do(task: Task) -> Found:
    """Do one task.

    Raises
    ------
    BenchError
        If a recording can't be read.
    ModelError
        If a codec isn't installed.
    """
    if isinstance(task, Play):
        return listen(task.batch.recordings, _listeners(task.with_spandsp), task.speeds, (OURS, CHUNKS))
    heard_by: dict[str, TrialEar] = {OURS: ears.stream, CHUNK: ears.chunk}
    if task.with_spandsp:
        heard_by[SPANDSP] = peers.spandsp
    return task.series.run(task.seed, heard_by)


def _listeners(with_spandsp: bool) -> Mapping[str, Callable[[], Ear]]:
    listeners: dict[str, Callable[[], Ear]] = {OURS: Stream, CHUNKS: Chunks}
    if with_spandsp:
        for country in COUNTRIES:
            hear = peers.supervisory(country).hear
            listeners[f"{SPANDSP}, {country}"] = lambda hear=hear: Other(hear)  # type: ignore[misc]
        listeners[f"{SPANDSP}, fax"] = lambda: Other(peers.connect().hear)
    return listeners
