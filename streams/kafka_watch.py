"""Asks Kafka now and then whether it is there: its clients retry for ever, and say nothing that a probe could see."""

import asyncio
import logging
from types import TracebackType
from typing import Final, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.settings import Settings

log = logging.getLogger(__name__)

EVERY_S: Final = 3.0
TIMEOUT_S: Final = 3.0


class KafkaWatch:
    """Knows whether Kafka answers.

    Attributes
    ----------
    away
        Whether the newest question went unanswered: the worker is then not ready.
    """

    def __init__(self, settings: Settings) -> None:
        self.away = False
        self._address = settings.bootstrap
        self._admin = AdminClient(settings.client() | {"log_level": 0}, logger=_SILENT)
        self._asking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._asking = asyncio.ensure_future(self._ask_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _ask_on(self) -> None:
        while True:
            away = not await asyncio.to_thread(self._answers)
            if away != self.away:
                log.warning("Kafka at %s is %s", self._address, "away: waiting" if away else "back")
            self.away = away
            await asyncio.sleep(EVERY_S)

    def _answers(self) -> bool:
        try:
            return bool(self._admin.list_topics(timeout=TIMEOUT_S).brokers)
        except KafkaException:
            return False


_SILENT: Final = logging.getLogger(f"{__name__}.librdkafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
