"""Follows list.entries: all partitions, from the beginning, without a consumer group."""

import asyncio
import contextlib
import threading
import time
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from schemas.codec import BrokenRecordError
from schemas.records import ListEntry
from streams.limits import check_entry
from streams.lists import ListView
from streams.lists.errors import ListsError
from streams.registry_wait import Schemas
from streams.settings import Settings
from streams.topics import ENTRIES

POLL_S: Final = 0.1


class ListFeedError(ListsError):
    """The lists can't be read; the message says why."""


class ListFollower:
    """Keeps a :class:`ListView` up to date from a thread of its own.

    The view is changed on the event loop's thread, so that whoever reads it there needs no lock.
    """

    def __init__(self, settings: Settings, view: ListView, schemas: Schemas) -> None:
        self.error: Exception | None = None
        self.broken = 0
        self._settings = settings
        self._view = view
        self._codec = schemas.codec
        self._gate = schemas.gate()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._whole = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="list-feed", daemon=True)

    @property
    def ready(self) -> bool:
        """Whether the lists have been read to their end once, and are still followed."""
        return self._whole.is_set() and self.error is None and self._thread.is_alive()

    @property
    def registry_away(self) -> bool:
        """Whether entries wait for a schema registry that is away."""
        return self._gate.away

    async def start(self, timeout_s: float) -> None:
        """Read the lists to their end.

        Raises
        ------
        ListFeedError
            If that takes longer than ``timeout_s``, or Kafka refuses.
        """
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        deadline = time.monotonic() + timeout_s
        while not self._whole.is_set():
            if self.error is not None:
                if isinstance(self.error, ListFeedError):
                    raise self.error
                raise ListFeedError(f"{ENTRIES} can't be read: {self.error}") from self.error
            if time.monotonic() > deadline:
                self._stop.set()
                raise ListFeedError(f"{ENTRIES} was not read to its end within {timeout_s:g} s")
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _follow(self) -> None:
        try:
            self._read()
        except Exception as error:  # whatever it is, the process must not go on with lists that stand still
            self.error = error

    def _read(self) -> None:
        topic = self._settings.prefix + ENTRIES
        consumer = Consumer(
            self._settings.client()
            | {"group.id": "callsieve-lists", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
            | {"enable.partition.eof": True, "log_level": 0}
        )
        try:
            try:
                found = consumer.list_topics(topic, timeout=10).topics[topic]
            except KafkaException as away:
                where = f"no Kafka at {self._settings.bootstrap}: {away.args[0].str()}"
                raise ListFeedError(f"{where}. Is it running? See --broker") from away
            partitions = sorted(found.partitions)
            if found.error is not None or not partitions:
                raise ListFeedError(f"{topic} is missing: run 'callsieve topics create' first")
            unread = set(partitions)
            consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
            while not self._stop.is_set():
                messages = consumer.consume(500, POLL_S)
                self._gate.wait(ENTRIES, (m.value() for m in messages if m.error() is None), self._stop.is_set)
                for message in messages:
                    error = message.error()
                    if error is None:
                        self._apply(message.key(), message.value(), message.partition() or 0, message.offset() or 0)
                    elif error.code() == KafkaError._PARTITION_EOF:
                        unread.discard(message.partition())
                    elif not error.retriable():
                        raise KafkaException(error)
                if messages:
                    self._catch_up()
                if not unread and not self._whole.is_set():
                    self._on_loop(self._whole.set)  # after the entries that went before it
        finally:
            consumer.close()

    def _apply(self, key: bytes | None, value: bytes | None, partition: int, offset: int) -> None:
        try:
            entry = None if value is None else self._codec.decode(value, ListEntry)
            if entry is not None:
                check_entry(entry)
            name = (key or b"").decode()
        except (BrokenRecordError, UnicodeDecodeError):
            self.broken += 1
            return
        self._on_loop(lambda: self._view.apply(name, entry, partition=partition, offset=offset))

    def _catch_up(self) -> None:
        """Wait until the event loop has taken in all it was given, or entries pile up faster than they are used."""
        done = threading.Event()
        self._on_loop(done.set)
        while not self._stop.is_set() and not done.wait(POLL_S):
            pass

    def _on_loop(self, call: "object") -> None:
        loop = self._loop
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending
            if loop is not None and callable(call):
                loop.call_soon_threadsafe(call)
