"""Roles as processes of their own, and the CPU time each has used."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import psutil

from bench.result import BenchError

START_S: Final = 120.0
STOP_S: Final = 30.0


class Callsieve:
    """A ``callsieve`` command that runs beside us until it ends or is stopped."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self._log = log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from streams.cli.main import main; main()", *arguments],
                env=os.environ | dict(environment) | {"PYTHONUNBUFFERED": "1"},
                stdout=out,
                stderr=out,
                start_new_session=True,  # a Ctrl-C at the terminal is for us; we end it
            )
        self.meter = Meter(self._process.pid)

    def __enter__(self) -> "Callsieve":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet; a failure is an error.

        Raises
        ------
        BenchError
            If it ended with another status than 0.
        """
        status = self._process.poll()
        if status:
            raise BenchError(f"{self.name} ended with status {status}: {self.said()[-500:].strip()}")
        return status is None

    def said(self) -> str:
        """What it has written so far."""
        return self._log.read_text(errors="replace")

    def wait_for(self, words: str) -> None:
        """Wait until it has written some words.

        Raises
        ------
        BenchError
            If it ends before, or takes too long.
        """
        deadline = time.monotonic() + START_S
        while words not in self.said():
            if not self.running or time.monotonic() > deadline:
                raise BenchError(f"{self.name} did not start: {self.said()[-500:].strip()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Meter:
    """CPU seconds of a process since a mark, and its memory; reads nothing more once it has ended."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._from = 0.0
        self._last = 0.0
        self.memory_mb = 0.0

    def look(self) -> None:
        """Read it now."""
        try:
            with self._process.oneshot():
                used = self._process.cpu_times()
                self._last = used.user + used.system
                self.memory_mb = max(self.memory_mb, self._process.memory_info().rss / 2**20)
        except psutil.Error:
            return

    def mark(self) -> None:
        """Count from now."""
        self.look()
        self._from = self._last

    @property
    def cpu_s(self) -> float:
        """CPU seconds from the mark to the last look."""
        return self._last - self._from
