"""Workers of a role that suffer every fault in turn. Not a test."""

import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from pipeline_world import WorkerProcess

from streams.settings import Settings

SHORT_PAUSE_S = 4.0  # below the session timeout: nobody takes over
LONG_PAUSE_S = 10.0  # above it: others take over, and then it is back


class Crew:
    """The workers of some roles.

    ``codes`` are the exit statuses of those that were asked to end.
    """

    def __init__(self, settings: Settings, folder: Path, roles: Sequence[str]) -> None:
        self.codes: list[int] = []
        self.workers: list[WorkerProcess] = []
        self._settings = settings
        self._folder = folder
        self._roles = tuple(roles)
        self._numbers = count()

    def start(self, *, ready: bool = True) -> WorkerProcess:
        log = self._folder / f"{'-'.join(self._roles)}-{next(self._numbers)}.log"
        worker = WorkerProcess(self._settings, log, *self._roles)
        self.workers.append(worker)
        if ready:
            worker.wait_ready()
        return worker

    def kill(self) -> None:
        """kill -9 the first worker."""
        self.workers.pop(0).kill()

    def end(self) -> None:
        """SIGTERM to the first worker."""
        worker = self.workers.pop(0)
        try:
            self.codes.append(worker.stop())
            assert self.codes[-1] == 0, f"it ended with {self.codes[-1]}: {worker.log.read_text()[-4000:]}"
        finally:
            worker.stop()

    def pause(self, worker: WorkerProcess, seconds: float) -> None:
        worker.pause()
        time.sleep(seconds)
        worker.resume()

    def stop(self) -> None:
        while self.workers:
            self.workers[0].resume()
            self.end()

    def kill_all(self) -> None:
        """Leave nobody behind, whatever has failed."""
        while self.workers:
            self.kill()

    def suffer(self) -> None:
        """Every fault, one after another: the crew begins and ends with one worker."""
        time.sleep(3.0)
        self.kill()
        self.start()
        time.sleep(1.0)
        self.end()
        self.start()
        time.sleep(1.0)
        for each in [self.start(ready=False), self.start(ready=False)]:
            each.wait_ready()
        time.sleep(1.0)
        self.pause(self.workers[0], SHORT_PAUSE_S)
        time.sleep(1.0)
        self.pause(self.workers[1], LONG_PAUSE_S)
        time.sleep(2.0)  # it is back by now, and takes part again
        self.end()
        self.end()
