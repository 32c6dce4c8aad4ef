"""The whole evaluation: trials, recordings, speed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.heard.corpora import PACKAGES, Places, Recording, find
from bench.heard.halves import FIRST_REPORTED_SEED, Half, half_of_seed
from bench.heard.receiver import Missing
from bench.heard.speeds import SPEEDS
from bench.machine import commit, machine
from bench.progress import ears, peers, speed
from bench.progress.mistaken import Chunks, Mistaken, Other, Stream, listen
from bench.progress.mistaken import Ear as Listener
from bench.progress.results import CHUNK, CHUNKS, OURS, SPANDSP, Report
from bench.progress.signals import SYMBOLS
from bench.progress.trials import QUICK_TRIALS, TRIALS, plan, run
from bench.result import BenchError, Findings
from bench.timing import Effort

TUNE_SEED: Final = 1
_QUICK_RECORDINGS: Final = 10
RECORDINGS: Final = "recordings"  # in `only`: nothing but what is mistaken for a tone
PEER_COUNTRIES: Final = ("US, Canada", "Germany")  # whose tones spandsp listens for in recordings

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

    @property
    def half(self) -> Half:
        """Which recordings are heard."""
        return "tune" if self.tune else "report"

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
    with_spandsp = not any("spandsp" in one for one in missing)
    series = (
        []
        if wanted.only == {RECORDINGS}
        else plan(QUICK_TRIALS if wanted.quick else TRIALS, wanted.only - {RECORDINGS})
    )
    trial_ears = {OURS: ears.stream, CHUNK: ears.chunk, **({SPANDSP: peers.spandsp} if with_spandsp else {})}
    tally = run(series, seed, trial_ears, lambda done, total: tell("trials", done, total))
    mistaken = Mistaken(listened=[], examples=[])
    if not wanted.only or RECORDINGS in wanted.only:
        mistaken = _mistaken(wanted, tell, with_spandsp=with_spandsp)
    found = Findings()
    if not wanted.only:
        found = speed.measure(Effort(wanted.quick, tell=lambda done, total: tell("speed", done, total)))
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
        cells=tally.cells(),
        mistaken=mistaken,
        speed=found,
    )


def _missing(wanted: Wanted) -> list[str]:
    told = []
    try:
        peers.connect()
    except Missing as why:
        told.append(str(why))
    kinds = {recording.kind for recording in find(Places(wanted.data), wanted.half)}
    if not {"speech", "music"} <= kinds:
        told.append(f"recordings: apt-get install {PACKAGES}, or set CALLSIEVE_DATA")
    return told


def _mistaken(wanted: Wanted, tell: Tell, *, with_spandsp: bool) -> Mistaken:
    recordings = find(Places(wanted.data), wanted.half)
    listeners: dict[str, Callable[[], Listener]] = {OURS: Stream, CHUNKS: Chunks}
    if with_spandsp:
        for country in PEER_COUNTRIES:
            listeners[f"{SPANDSP}, {country}"] = lambda country=country: Other(peers.supervisory(country).hear)  # type: ignore[misc]
        listeners[f"{SPANDSP}, fax"] = lambda: Other(peers.connect().hear)
    if wanted.quick:
        recordings = _some(recordings)
    return listen(
        recordings,
        listeners,
        (1.0,) if wanted.quick else SPEEDS,
        lambda done, total: tell("recordings", done, total),
    )


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
    from bench.progress.conditions import CONDITIONS

    names = {*SYMBOLS, *(condition.name for condition in CONDITIONS), RECORDINGS}
    if only - names:
        raise BenchError(f"no {', '.join(sorted(only - names))!r}; there are {', '.join(sorted(names))}")
    return only
