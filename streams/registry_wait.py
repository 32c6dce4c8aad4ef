"""Waiting for a schema registry that is away: at a start for a while, in the middle of work as long as it takes."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from schemas.codec import Codec, schema_id
from streams.registry import Registry, RegistryAwayError, RegistryError, open_registry
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.runner import Received

log = logging.getLogger(__name__)

START_S: Final = 30.0
FIRST_DELAY_S: Final = 0.2
LONGEST_DELAY_S: Final = 5.0
LONGEST_START_DELAY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Schemas:
    """How a process writes and reads records: its codec, and the registry behind it where there is one."""

    codec: Codec = field(default_factory=Codec)
    registry: Registry | None = None

    def learn(self, topic: str, values: Iterable[bytes | None], stopped: Callable[[], bool]) -> None:
        """Wait until every schema id in a topic's values is known, or ``stopped``; for readers without event loop."""
        if self.registry is None:
            return
        ids = {number for value in values if (number := schema_id(value)) is not None}
        delay = FIRST_DELAY_S
        while not stopped() and (unknown := self.registry.unknown(topic, ids)):
            try:
                self.registry.learn(topic, unknown)
                return
            except RegistryError as error:
                log.warning("%s: waiting", error)
            time.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY_S)


def open_schemas(
    settings: Settings, *, patience_s: float = START_S, stopped: Callable[[], bool] = lambda: False
) -> Schemas:
    """Schemas as the settings say; waits a while for a registry that is away, but not once ``stopped``.

    Raises
    ------
    RegistryError
        If the registry stays away, or lacks a schema of ours.
    SettingsError
        If its address can't be used.
    """
    registry = open_registry(settings)
    if registry is None:
        return Schemas()
    deadline = time.monotonic() + patience_s
    delay = FIRST_DELAY_S
    while True:
        try:
            registry.load()
            return Schemas(Codec(registry), registry)
        except RegistryAwayError as error:
            if stopped() or time.monotonic() + delay > deadline:
                raise RegistryError(
                    f"{error}, and has not within {patience_s:g} s: start it, correct CALLSIEVE_SCHEMA_REGISTRY, "
                    "or unset it to write without one"
                ) from error
            log.warning("%s: waiting", error)
        time.sleep(delay)
        delay = min(2 * delay, LONGEST_START_DELAY_S)


class SchemaGate:
    """Lets a batch pass once the registry has said what its schema ids mean."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._waiting = 0

    @property
    def away(self) -> bool:
        """Whether a batch waits for a registry that is away: the role is then not ready."""
        return self._waiting > 0

    async def open(self, batch: "Sequence[Received]") -> None:
        """Return once no id in a batch is unknown, however long the registry stays away.

        Records that became someone else's meanwhile are not waited for.
        """
        if not self._unknown(batch):
            return
        failed = False
        delay = FIRST_DELAY_S
        try:
            while unknown := self._unknown(batch):
                try:
                    await asyncio.to_thread(self._learn, unknown)
                    break
                except RegistryError as error:  # one that refuses us, too: a password that changed costs no records
                    if not failed:
                        log.warning("%s: records wait", error)
                        self._waiting += 1
                        failed = True
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_DELAY_S)
        finally:
            if failed:
                self._waiting -= 1
                log.warning("records wait for the registry no longer")

    def _learn(self, unknown: dict[str, set[int]]) -> None:
        for topic, ids in unknown.items():
            self._registry.learn(topic, ids)

    def _unknown(self, batch: "Sequence[Received]") -> dict[str, set[int]]:
        ids: dict[str, set[int]] = {}
        for received in batch:
            if not received.slot.stale and (number := schema_id(received.value)) is not None:
                ids.setdefault(received.topic, set()).add(number)
        unknown = {topic: self._registry.unknown(topic, each) for topic, each in ids.items()}
        return {topic: each for topic, each in unknown.items() if each}
