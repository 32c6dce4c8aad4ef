"""SIGINT, SIGTERM and SIGHUP as one request to end in order; whoever asks again is not heard."""

import asyncio
import signal
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Ends what runs inside at the first signal: by KeyboardInterrupt, or by cancelling the guarded coroutine.

    Attributes
    ----------
    signal
        The signal's number; 0 before one came.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._task: asyncio.Task[Any] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {each: signal.signal(each, self._heard) for each in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def _heard(self, number: int, _: object) -> None:
        if self.signal:
            return  # what is being cleared away already must be cleared away whole
        self.signal = number
        if self._task is None:
            raise KeyboardInterrupt
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine that a signal cancels."""
        self._task = asyncio.current_task()
        try:
            return await work
        finally:
            self._task = None
