"""Asks Kafka now and then whether it is there, and how far its topics go.

Its clients retry for ever and say nothing that a probe could see; and a role that is held up does not fetch, so that
its own client does not learn how far it has fallen behind.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Final, Self

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from streams.librdkafka import SILENCED
from streams.runtime.positions import Ends, Place
from streams.settings import Settings

log = logging.getLogger(__name__)

EVERY_S: Final = 3.0
TIMEOUT_S: Final = 3.0
STOP_WITHIN_S: Final = 3 * TIMEOUT_S  # at the end, for the answer under way


class KafkaWatch:
    """Knows whether Kafka answers.

    Parameters
    ----------
    settings
        Where Kafka is.
    places
        The partitions to ask about, topics with their prefix.

    Attributes
    ----------
    away
        Whether the newest question went unanswered: the worker is then not ready.
    ends
        First and next offset of each place, as the newest answer had them.
    """

    def __init__(self, settings: Settings, places: Callable[[], Collection[Place]] = tuple) -> None:
        self.away = False
        self.ends: dict[Place, Ends] = {}
        self._address = settings.bootstrap
        self._places = places
        self._admin = AdminClient(settings.client() | {"log_level": 0}, logger=SILENCED)
        self._asking: asyncio.Task[None] | None = None
        self._under_way: asyncio.Future[dict[Place, Ends] | None] | None = None
        self._ending = threading.Event()

    async def __aenter__(self) -> Self:
        self._asking = asyncio.ensure_future(self._ask_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask no more; a thread that is inside the client must have left it before the process goes down."""
        self._ending.set()
        if self._asking is not None:
            self._asking.cancel()
        if self._under_way is not None:
            await asyncio.wait((self._under_way,), timeout=STOP_WITHIN_S)

    async def _ask_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._under_way = loop.run_in_executor(None, self._ask, list(self._places()))
            ends = await asyncio.shield(self._under_way)
            away = ends is None
            if away != self.away:
                log.warning("Kafka at %s is %s", self._address, "away: waiting" if away else "back")
            self.away = away
            if ends is not None:
                self.ends = ends
            await asyncio.sleep(EVERY_S)

    def _ask(self, places: list[Place]) -> dict[Place, Ends] | None:
        """Ends of places, those left out that Kafka does not know; None when it does not answer."""
        try:
            if not self._admin.list_topics(timeout=TIMEOUT_S).brokers:
                return None
            first = self._offsets(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
            upper = self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]
        except KafkaException:
            return None
        return {place: Ends(first[place], upper[place]) for place in places if place in first and place in upper}

    def _offsets(self, places: list[Place], spec: OffsetSpec) -> dict[Place, int]:
        if not places or self._ending.is_set():
            return {}
        asked = {TopicPartition(topic, partition): spec for topic, partition in places}
        found: dict[Place, int] = {}
        for place, answer in self._admin.list_offsets(asked, request_timeout=TIMEOUT_S).items():
            try:
                found[place.topic, place.partition] = answer.result(2 * TIMEOUT_S).offset
            except (KafkaException, TimeoutError):  # a partition without a leader now; Kafka as such has answered
                continue
        return found
