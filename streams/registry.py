"""A Confluent-compatible schema registry: what our records' schemas are called there, and what others' ids mean.

Subjects follow TopicNameStrategy, ``<topic>-value``. Workers and taps only look up; ``callsieve schema register``
writes. What was once looked up is kept in memory, so decoding never asks and never waits.
"""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final

from schemas.catalogue import avro_schema, bare_schema
from schemas.foreign import UnusableSchemaError, parse_foreign
from schemas.records import Record
from streams.settings import Settings
from streams.topics import RECORDS

if TYPE_CHECKING:  # whoever has no registry does not load its client
    from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

TIMEOUT_S: Final = 5.0  # of one request
NOT_FOUND: Final = range(40_400, 40_500)  # a registry's codes; a 404 without one is no registry's
MAX_VERSIONS: Final = 1000  # of a subject that are read, the newest first
REFUSED_S: Final = 60.0  # an id that the registry does not know is not asked for again so soon
MAX_REFUSED: Final = 10_000  # such ids remembered
LISTING_PAUSE_S: Final = 0.05  # between two listings of a subject: ids at random can't flood the registry


class RegistryError(RuntimeError):
    """The schema registry refuses, or lacks a schema; the message says why and the way out."""


class RegistryAwayError(RegistryError):
    """The schema registry does not answer, or has a fault of its own."""


class Registry:
    """Schema ids of one topic set, both ways; safe to use from several threads.

    Parameters
    ----------
    client
        Asks the registry; its own retries are off, for whoever waits here knows how long.
    address
        For messages.
    prefix
        Of the topics.
    """

    def __init__(self, client: "SchemaRegistryClient", address: str, prefix: str) -> None:
        self._client = client
        self._address = address
        self._prefix = prefix
        self._lock = threading.Lock()
        self._current: dict[str, int] = {}
        self._writers: dict[int, Any] = {}
        self._versions: dict[str, set[int]] = {topic: set() for topic in RECORDS}
        self._refused: OrderedDict[tuple[str, int], float] = OrderedDict()
        self._listed_s = 0.0

    def id_for(self, topic: str) -> int:
        """Id that records written to a topic carry.

        Raises
        ------
        RegistryError
            If `load` was not called.
        """
        try:
            return self._current[topic]
        except KeyError:
            raise RegistryError(f"no schema of {topic} was looked up") from None

    def writer(self, schema_id: int) -> Any:
        """Parsed schema of an id, from memory.

        Raises
        ------
        UnusableSchemaError
            If no record of ours can be read with it, or the registry does not know it.
        """
        found = self._writers.get(schema_id)
        if found is None:
            raise UnusableSchemaError("the registry has none of that number for this topic")
        if isinstance(found, UnusableSchemaError):
            raise UnusableSchemaError(str(found))
        return found

    def unknown(self, topic: str, ids: Iterable[int]) -> set[int]:
        """Ids that would have to be asked for: neither known nor refused a short while ago."""
        now_s = time.monotonic()
        return {each for each in ids if each not in self._writers and self._refused.get((topic, each), 0.0) <= now_s}

    def load(self) -> None:
        """Look up the ids that our own records carry.

        Raises
        ------
        RegistryError
            If today's schema of a topic is not registered.
        RegistryAwayError
            If the registry does not answer.
        """
        for topic, record_type in RECORDS.items():
            subject = self.subject(topic)
            try:
                found = self._ask(self._client.lookup_schema, subject, _registered(record_type))
            except _NotFoundError as error:
                raise RegistryError(
                    f"the registry at {self._address} has no schema {subject} as this version of callsieve writes it: "
                    "run 'callsieve schema register' first"
                ) from error
            self._current[topic] = int(found.schema_id)
            self._writers[int(found.schema_id)] = avro_schema(record_type)

    def learn(self, topic: str, ids: Collection[int]) -> None:
        """Ask what ids of a topic's records mean; afterwards none of them is unknown.

        A subject's versions are listed once for them all, not asked for one by one: whoever writes ids at random makes
        one request a batch.

        Raises
        ------
        RegistryError
            If the registry refuses us, or has lost the topic's subject.
        RegistryAwayError
            If it does not answer.
        """
        with self._lock:
            if not self.unknown(topic, ids):
                return
            time.sleep(max(0.0, self._listed_s + LISTING_PAUSE_S - time.monotonic()))
            subject = self.subject(topic)
            known = self._versions[topic]
            try:
                versions = self._ask(self._client.get_versions, subject, deleted=True)
            except _NotFoundError as error:  # it was there when we began: no reason to give records up
                raise RegistryError(f"the registry at {self._address} has lost {subject}") from error
            for version in sorted(set(versions) - known, reverse=True)[: MAX_VERSIONS - len(known)]:
                self._learn_version(topic, version)
            self._listed_s = time.monotonic()
            for each in ids:
                if each not in self._writers:
                    self._refused.pop((topic, each), None)
                    self._refused[topic, each] = time.monotonic() + REFUSED_S
            while len(self._refused) > MAX_REFUSED:
                self._refused.popitem(last=False)

    def register(self) -> dict[str, int]:
        """Register today's schema of every topic, each subject's versions readable by all later ones; ids by subject.

        Raises
        ------
        RegistryError
            If the registry refuses a schema.
        RegistryAwayError
            If it does not answer.
        """
        from confluent_kafka.schema_registry import ConfigCompatibilityLevel, ServerConfig

        config = ServerConfig(compatibility=ConfigCompatibilityLevel.BACKWARD_TRANSITIVE)
        made = {}
        for topic, record_type in RECORDS.items():
            subject, schema = self.subject(topic), _registered(record_type)
            try:
                self._ask(self._client.set_config, subject, config)
                made[subject] = int(self._ask(self._client.register_schema, subject, schema))
            except _NotFoundError as error:
                raise RegistryError(f"the registry at {self._address} refuses {subject}: {error}") from error
        return made

    def subject(self, topic: str) -> str:
        """Name of a topic's values in the registry (TopicNameStrategy)."""
        return f"{self._prefix}{topic}-value"

    def _learn_version(self, topic: str, version: int) -> None:
        try:
            found = self._ask(self._client.get_version, self.subject(topic), version, deleted=True)
        except _NotFoundError:  # removed for good just now
            return
        schema_id, schema = int(found.schema_id), found.schema
        if schema_id not in self._writers:
            try:
                self._writers[schema_id] = _writer(schema)
            except UnusableSchemaError as error:
                self._writers[schema_id] = error
        self._versions[topic].add(version)

    def _ask(self, question: Callable[..., Any], *what: object, **how: object) -> Any:
        from confluent_kafka.schema_registry.error import SchemaRegistryError

        try:
            return question(*what, **how)
        except SchemaRegistryError as error:
            status = error.http_status_code
            if error.error_code in NOT_FOUND:
                raise _NotFoundError(str(error)) from error
            if status in (401, 403):
                raise RegistryError(
                    f"the registry at {self._address} lets us not in ({status}): "
                    "see CALLSIEVE_SCHEMA_REGISTRY_USERNAME and _PASSWORD"
                ) from error
            if status in (404, 408, 429) or status >= 500 or error.error_code == SchemaRegistryError.UNKNOWN:
                raise RegistryAwayError(f"the registry at {self._address} answers {status}") from error
            raise RegistryError(f"the registry at {self._address} refuses: {error}"[:500]) from error
        except Exception as error:  # no connection, no answer, or one that is no registry's
            raise RegistryAwayError(f"no registry answers at {self._address} ({type(error).__name__})") from error


class _NotFoundError(Exception):
    pass


def _registered(record_type: type[Record]) -> "Schema":
    from confluent_kafka.schema_registry import Schema

    return Schema(json.dumps(bare_schema(record_type)), "AVRO")


def _writer(schema: "Schema | None") -> Any:
    if schema is None or (schema.schema_type or "AVRO") != "AVRO" or not schema.schema_str:
        raise UnusableSchemaError("not an Avro schema")
    return parse_foreign(schema.schema_str)


def open_registry(settings: Settings) -> Registry | None:
    """Registry of the settings, nothing asked yet; None where none is set.

    Raises
    ------
    SettingsError
        If the registry's address can't be used.
    """
    found = settings.registry
    if not found:
        return None
    from confluent_kafka.schema_registry import SchemaRegistryClient

    client = SchemaRegistryClient.new_client(found | {"timeout": TIMEOUT_S, "max.retries": 0})
    return Registry(client, settings.schema_registry, settings.prefix)
