"""Waiting for a schema registry that is away: at a start for a while, in the middle of work as long as it takes."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.codec import Codec, schema_id
from streams.registry import Registry, RegistryAwayError, RegistryError, open_registry
from streams.runtime.stage import Received
from streams.settings import Settings

log = logging.getLogger(__name__)

START_S: Final = 30.0
FIRST_DELAY_S: Final = 0.2
LONGEST_DELAY_S: Final = 5.0
LONGEST_START_DELAY_S: Final = 1.0


class SchemaGate:
    """Lets records pass once the registry has said what their schema ids mean; without a registry at once."""

    def __init__(self, registry: Registry | None) -> None:
        self._registry = registry
        self._waits = 0

    @property
    def away(self) -> bool:
        """Whether records wait for a registry that is away: whoever reads them is then not ready."""
        return self._waits > 0

    async def open(self, batch: Sequence[Received]) -> None:
        """Return once no id in a batch is unknown, however long the registry stays away.

        Records that became someone else's meanwhile are not waited for.
        """
        wait = _Wait(self)
        try:
            while unknown := self._unknown((each.topic, each.value) for each in batch if not each.slot.stale):
                try:
                    await asyncio.to_thread(self._learn, unknown)
                    return
                except RegistryError as error:
                    await asyncio.sleep(wait.begin(error))
        finally:
            wait.end()

    def wait(self, topic: str, values: Iterable[bytes | None], stopped: Callable[[], bool]) -> None:
        """Return once every id in a topic's values is known, or ``stopped``; for readers without an event loop."""
        told = [(topic, value) for value in values]
        wait = _Wait(self)
        try:
            while not stopped() and (unknown := self._unknown(told)):
                try:
                    self._learn(unknown)
                    return
                except RegistryError as error:
                    time.sleep(wait.begin(error))
        finally:
            wait.end()

    def _learn(self, unknown: dict[str, set[int]]) -> None:
        assert self._registry is not None  # noqa: S101 - without one nothing is unknown
        for topic, ids in unknown.items():
            self._registry.learn(topic, ids)

    def _unknown(self, values: Iterable[tuple[str, bytes | None]]) -> dict[str, set[int]]:
        if self._registry is None:
            return {}
        ids: dict[str, set[int]] = {}
        for topic, value in values:
            if (number := schema_id(value)) is not None:
                ids.setdefault(topic, set()).add(number)
        unknown = {topic: self._registry.unknown(topic, each) for topic, each in ids.items()}
        return {topic: each for topic, each in unknown.items() if each}


class _Wait:
    """One batch's wait: counted by its gate from the first refusal on, with growing delays.

    A registry that refuses us is waited for as well: a password that was changed must cost no records.
    """

    def __init__(self, gate: SchemaGate) -> None:
        self._gate = gate
        self._delay_s = 0.0

    def begin(self, error: RegistryError) -> float:
        if not self._delay_s:
            self._gate._waits += 1
            log.warning("%s: records wait", error)
        self._delay_s = min(max(FIRST_DELAY_S, 2 * self._delay_s), LONGEST_DELAY_S)
        return self._delay_s

    def end(self) -> None:
        if self._delay_s:
            self._gate._waits -= 1
            log.warning("records wait for the registry no longer")


@dataclass(frozen=True, slots=True)
class Schemas:
    """How a process writes and reads records: its codec, and the registry behind it where there is one."""

    codec: Codec = field(default_factory=Codec)
    registry: Registry | None = None

    def gate(self) -> SchemaGate:
        """Gate that a reader's records pass before they are decoded."""
        return SchemaGate(self.registry)


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
    schemas = reading_schemas(settings)
    if schemas.registry is None:
        return schemas
    deadline = time.monotonic() + patience_s
    delay = FIRST_DELAY_S
    while True:
        try:
            schemas.registry.load()
            return schemas
        except RegistryAwayError as error:
            if stopped() or time.monotonic() + delay > deadline:
                raise RegistryError(
                    f"{error}, and has not within {patience_s:g} s: start it, correct CALLSIEVE_SCHEMA_REGISTRY, "
                    "or unset it to write without one"
                ) from error
            log.warning("%s: waiting", error)
        time.sleep(delay)
        delay = min(2 * delay, LONGEST_START_DELAY_S)


def reading_schemas(settings: Settings) -> Schemas:
    """Schemas for whoever only reads: nothing is asked before a record needs it.

    Raises
    ------
    SettingsError
        If the registry's address can't be used.
    """
    registry = open_registry(settings)
    return Schemas(Codec(registry), registry)
