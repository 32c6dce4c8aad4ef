"""Waiting for a store that is away: records stay unacknowledged meanwhile, so nothing is lost."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from streams.store import StoreUnavailableError

log = logging.getLogger(__name__)

FIRST_DELAY_S: Final = 0.2
LONGEST_DELAY_S: Final = 10.0

T = TypeVar("T")


class Patience:
    """Calls the store in an executor, again and again while it is away, with growing delays.

    Attributes
    ----------
    waiting
        Whether the last call found the store away: the role is then not ready.
    """

    def __init__(self, executor: Executor) -> None:
        self.waiting = False
        self._executor = executor

    async def call(self, work: Callable[[], T]) -> T:
        """Result of ``work``, however long the store stays away.

        Raises
        ------
        StoreError
            If the store answered, and refused.
        """
        delay = FIRST_DELAY_S
        while True:
            try:
                result = await asyncio.get_running_loop().run_in_executor(self._executor, work)
            except StoreUnavailableError as error:
                if not self.waiting:
                    log.warning("the store is away (%s): waiting", error)
                self.waiting = True
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY_S)
                continue
            if self.waiting:
                log.warning("the store is back")
            self.waiting = False
            return result
