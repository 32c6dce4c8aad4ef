"""All benchmarks by name; each stands in a file of its own."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Final

from bench.machine import commit, machine
from bench.result import BenchError, Findings, Result
from bench.timing import Effort

NAMES: Final = (
    "spectrum", "goertzel", "tone_speed", "fingerprint", "frames", "chunks", "tap", "window", "judge", "pipeline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark: what it is called, what it asks, and how it is answered."""

    title: str
    about: str
    measure: Callable[[Effort], Findings]


def benchmark(name: str) -> Benchmark:
    """Find a benchmark by its name.

    Raises
    ------
    BenchError
        If there is none, or a library that it needs is not installed.
    """
    if name not in NAMES:
        raise BenchError(f"no benchmark is called {name!r}; there are {', '.join(NAMES)}")
    try:
        found = import_module(f"bench.{name}").BENCHMARK
    except ModuleNotFoundError as error:
        raise BenchError(f"{name} needs {error.name}: install callsieve[bench,embedded,simulate,train]") from error
    if not isinstance(found, Benchmark):
        raise TypeError(f"bench/{name}.py has no benchmark")
    return found


def run(name: str, effort: Effort) -> Result:
    """Run a benchmark.

    Raises
    ------
    BenchError
        If it can't be run, or the ways it compares disagree.
    """
    found = benchmark(name)
    here, code = machine(), commit()
    began, begun_s = datetime.now(UTC), time.monotonic()
    findings = found.measure(effort)
    flags = (["--quick"] if effort.quick else []) + (["--seed", str(effort.seed)] if effort.seed != 1 else [])
    return Result(
        name=name,
        title=found.title,
        about=found.about,
        command=shlex.join(["callsieve", "bench", "run", name, *flags]),
        began=began.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - begun_s, 1),
        commit=code,
        seed=effort.seed,
        quick=effort.quick,
        machine=here,
        findings=findings,
    )
