"""The lists at one moment: list.entries read whole."""

import asyncio
from typing import Final

from streams.lists.follower import ListFollower
from streams.lists.reach import check_reach
from streams.lists.view import ListView
from streams.registry_wait import Schemas
from streams.settings import Settings

TIMEOUT_S: Final = 30.0


def read_lists(settings: Settings, schemas: Schemas, *, timeout_s: float = TIMEOUT_S) -> ListView:
    """Read list.entries to its end, as a worker does when it starts.

    Raises
    ------
    ListsError
        If nobody listens where Kafka should be, it takes longer than ``timeout_s``, the topic is missing, or Kafka
        refuses.
    """
    check_reach(settings)
    view = ListView()

    async def read() -> None:
        follower = ListFollower(settings, view, schemas)
        try:
            await follower.start(timeout_s)
        finally:
            await follower.stop()

    asyncio.run(read())
    return view
