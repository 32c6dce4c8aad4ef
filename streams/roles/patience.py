"""Waiting for a store that is away: records stay unacknowledged meanwhile, so nothing is lost."""

import asyncio
import math
import random
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

from streams.store import StoreError, StoreUnavailableError

FIRST_DELAY_S: Final = 0.2
LONGEST_DELAY_S: Final = 10.0
LOOK_S: Final = 1.0  # how often to see whether a call under way has come to hang

T = TypeVar("T")


class OutOfPatienceError(StoreError):
    """The store stayed away for as long as the caller could wait."""


class Patience:
    """Calls the store in an executor, again and again while it is away, with growing delays.

    The delays grow from call to call until the store answers, and vary, so that many workers do not come back at once.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._delay = 0.0
        self._next_try = 0.0
        self._stuck: asyncio.Future[Any] | None = None

    async def call(self, work: Callable[[], T], *, until: Callable[[], float] | None = None) -> T:
        """Result of ``work``.

        Parameters
        ----------
        work
            Runs in a thread. One that hangs past ``until`` is left alone, and no other is begun before it has ended.
        until
            Gives the moment of `time.monotonic` to give up at, which may come nearer once the store is known to be
            away; None waits however long it takes.

        Raises
        ------
        OutOfPatienceError
            If the store was away until then.
        StoreError
            If the store answered, and refused.
        """
        while True:
            await self._turn(until)
            running = asyncio.get_running_loop().run_in_executor(self._executor, work)
            try:
                result = await self._wait(running, until)
            except OutOfPatienceError:
                raise
            except StoreUnavailableError:
                self._put_off()
                continue
            self._delay = 0.0
            return result

    async def _turn(self, until: Callable[[], float] | None) -> None:
        """Wait until a call may be tried."""
        if self._stuck is not None:
            try:
                await self._wait(self._stuck, until)
            except OutOfPatienceError:
                raise
            except Exception:  # nobody waits for its result any more
                self._put_off()
            self._stuck = None
        if self._delay and (pause := self._next_try - time.monotonic()) > 0:
            await asyncio.sleep(min(pause, _left(until)))
        if _left(until) <= 0:
            raise OutOfPatienceError("the store is away for too long")

    async def _wait(self, running: "asyncio.Future[T]", until: Callable[[], float] | None) -> T:
        while (left := _left(until)) > 0:
            done, _ = await asyncio.wait((running,), timeout=min(left, LOOK_S))
            if done:
                return running.result()
        self._stuck = running
        running.add_done_callback(_heed)
        raise OutOfPatienceError("the store does not answer")

    def _put_off(self) -> None:
        self._delay = min(2 * self._delay, LONGEST_DELAY_S) or FIRST_DELAY_S
        self._next_try = time.monotonic() + self._delay * random.uniform(0.5, 1.0)


def _left(until: Callable[[], float] | None) -> float:
    """Seconds until it is time to give up, not below 0."""
    return math.inf if until is None else max(0.0, until() - time.monotonic())


def _heed(done: "asyncio.Future[Any]") -> None:
    """Look at the error of a call that nobody waits for, or asyncio complains of it."""
    if not done.cancelled():
        done.exception()
