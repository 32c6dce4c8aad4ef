"""Runs one stage on Faust: reads in micro-batches, sends in offset order, acknowledges what is delivered.

Faust's own loop acknowledges a message when the agent's code has gone past it; here a message is acknowledged when
everything it contributed to has been acknowledged by Kafka (see `streams.runtime.acker`).
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import faust
from mode.supervisors import CrashingSupervisor

from streams.registry_wait import Schemas
from streams.runtime.acker import PartitionAcker
from streams.runtime.emission import DeadLetter, Emission
from streams.runtime.faust_app import assigned, committed
from streams.runtime.metrics import PROCESSING_SECONDS
from streams.runtime.positions import Ends, Place, Positions
from streams.runtime.stage import Outcome, Received, Stage
from streams.topics import COMPACTED, dead_letters

log = logging.getLogger(__name__)

REASON_LIMIT: Final = 500  # characters of a dead letter's reason
TELL_S: Final = 1.0  # between two lines about dead letters
LETTER_LIMIT: Final = 1 << 20  # bytes of a dead letter: a record may be larger unpacked than Kafka takes


class RoleRunner:
    """A stage on its own Faust app and consumer group."""

    def __init__(self, stage: Stage, app: faust.App, prefix: str, schemas: Schemas) -> None:
        self.app = app
        self.stage = stage
        self.taken = 0
        self.acknowledged = 0
        self.delivered = 0
        self.buried = 0
        self._told_s = -TELL_S
        self._untold = 0
        self._sending = False
        self._prefix = prefix
        self._positions = Positions([prefix + name for name in COMPACTED], lambda place: committed(app, place))
        self._seconds = PROCESSING_SECONDS.labels(stage.role)
        self._codec = schemas.codec
        self._gate = schemas.gate()
        self._ackers: dict[Any, PartitionAcker] = {}
        self._order: asyncio.Queue[tuple[list[Received], asyncio.Task[Outcome]]] = asyncio.Queue(stage.in_flight)
        self._turns = asyncio.Semaphore(stage.in_flight)
        self._crash: asyncio.Task[None] | None = None
        topic = app.topic(*(prefix + name for name in stage.sources), key_serializer="raw", value_serializer="raw")
        app.agent(topic, name=stage.role, supervisor_strategy=CrashingSupervisor)(self._read)
        app.on_partitions_revoked.connect(self._rebalanced, weak=False)
        app.on_partitions_assigned.connect(self._rebalanced, weak=False)

    @property
    def pending(self) -> int:
        """Records taken in and not yet acknowledged."""
        return sum(len(acker) for acker in self._ackers.values())

    @property
    def ready(self) -> bool:
        """Whether the role has joined its group and works."""
        app = self.app
        joined = app.started and not app.should_stop and app.flow_control.is_active() and not app.rebalancing
        return bool(joined and app.consumer.flow_active)  # type: ignore[attr-defined]

    @property
    def working(self) -> bool:
        """Whether a batch is being worked on, or its records are being sent."""
        return self._sending or not self._order.empty()

    @property
    def places(self) -> list[Place]:
        """Partitions that the role has."""
        return assigned(self.app)

    @property
    def missed(self) -> Counter[str]:
        """Records that Kafka deleted before they were read, by topic."""
        return Counter({topic.removeprefix(self._prefix): n for topic, n in self._positions.missed.items()})

    def lag(self, ends: Mapping[Place, Ends]) -> dict[str, int]:
        """Records of its partitions that are not acknowledged, by topic."""
        mine = {place: ends[place] for place in self.places if place in ends}
        return {topic.removeprefix(self._prefix): n for topic, n in self._positions.lag(mine).items()}

    def unread(self, ends: Mapping[Place, Ends]) -> int:
        """Records of its partitions that it has not taken in."""
        return self._positions.unread({place: ends[place] for place in self.places if place in ends})

    @property
    def registry_away(self) -> bool:
        """Whether records wait for a schema registry that is away."""
        return self._gate.away

    async def _rebalanced(self, *_: Any, **__: Any) -> None:
        for acker in self._ackers.values():
            acker.close()
        self._ackers.clear()
        self._positions.begin()
        self.stage.reset()

    async def _read(self, stream: Any) -> None:
        """Faust's agent: batches from the queue to workers, and a sender that keeps their order."""
        sender = asyncio.ensure_future(self._send_in_order())
        sender.add_done_callback(self._sender_ended)
        try:
            while not stream.should_stop:
                batch = await self._take(stream.channel.queue)
                if batch is None:
                    break
                if batch:
                    await self._order.put((batch, asyncio.ensure_future(self._work(batch))))
        finally:
            sender.cancel()

    async def _work(self, batch: list[Received]) -> Outcome:
        async with self._turns:  # first come, first served: records keep their order
            await self._gate.open(batch)
            fresh = [received for received in batch if not received.slot.stale]
            began = time.perf_counter()
            try:
                return await self.stage.process(fresh)
            finally:
                self._seconds.observe(time.perf_counter() - began)

    async def _take(self, queue: asyncio.Queue[Any]) -> list[Received] | None:
        """Whatever is queued, at most a batch; None when Faust ends the channel."""
        batch: list[Received] = []
        loop = asyncio.get_running_loop()
        try:
            event = await queue.get()
            deadline = loop.time() + self.stage.linger_s
            while True:
                received = self._received(event)
                if received is not None:
                    batch.append(received)
                if len(batch) >= self.stage.batch:
                    return batch
                if queue.empty():
                    left = deadline - loop.time()
                    if left <= 0:
                        return batch
                    event = await asyncio.wait_for(queue.get(), left)
                else:
                    event = queue.get_nowait()
        except asyncio.TimeoutError:  # noqa: UP041 - Faust may run on its own loop policy
            return batch
        except StopAsyncIteration:  # how Faust ends a channel
            return batch or None

    def _received(self, event: Any) -> Received | None:
        message = event.message
        app = self.app
        if not app.flow_control.is_active() or message.generation_id != app.consumer_generation_id:
            return None  # read before a rebalance: whoever owns the partition now reads it again
        if self._positions.knows(message.topic, message.partition, message.offset):
            return None  # its slot stands for it
        self.taken += 1
        if missed := self._positions.take(message.topic, message.partition, message.offset):
            log.error("%s: %d records of %s were deleted before they were read", self.stage.role, missed, message.topic)
        acker = self._ackers.get(message.tp)
        if acker is None:
            acker = self._ackers[message.tp] = PartitionAcker()
        value, message.value = message.value, None  # a record may wait long for its turn: its bytes need not
        return Received(
            topic=message.topic.removeprefix(self._prefix),
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=value,
            timestamp_ms=int(message.timestamp * 1000),
            slot=acker.add(lambda: self._acknowledge(message)),
        )

    def _acknowledge(self, message: Any) -> None:
        self.acknowledged += 1
        self._positions.acknowledge(message.topic, message.partition, message.offset)
        message.ack(self.app.consumer)

    async def _send_in_order(self) -> None:
        while True:
            batch, work = await self._order.get()
            self._sending = True
            await self._send_all(batch, await work)
            self._sending = False

    async def _send_all(self, batch: list[Received], outcome: Outcome) -> None:
        """Send what a batch led to, unless its partitions get new owners meanwhile: those make the same again."""
        newest = batch[-1].slot
        for emission in outcome.emissions:
            if newest.stale:
                return
            await self._send(emission)
        for received, letter in outcome.broken:
            if newest.stale:
                return
            await self._bury(received, letter)
        for received in batch:
            received.slot.release()

    async def _send(self, emission: Emission) -> None:
        value = None if emission.record is None else self._codec.encode(emission.record, emission.topic)
        await self._produce(emission.topic, emission.key.encode(), value, None, emission.release)

    async def _bury(self, received: Received, letter: DeadLetter) -> None:
        slot = received.slot
        slot.hold()
        self.buried += 1
        headers = {
            "reason": letter.reason[:REASON_LIMIT].encode(),
            "topic": received.topic.encode(),
            "partition": str(received.partition).encode(),
            "offset": str(received.offset).encode(),
        }
        value = letter.value
        if len(value) > LETTER_LIMIT:
            headers["truncated_from"] = str(len(value)).encode()
            value = value[:LETTER_LIMIT]
        self._tell(received, letter)
        await self._produce(dead_letters(received.topic), letter.key, value, headers, slot.release)

    def _tell(self, received: Received, letter: DeadLetter) -> None:
        """Log a dead letter, one a second: a flood of them must not be a flood of lines."""
        now_s = time.monotonic()
        if now_s - self._told_s < TELL_S:
            self._untold += 1
            return
        more = f" (and {self._untold} more before it)" if self._untold else ""
        self._told_s, self._untold = now_s, 0
        reason = letter.reason[:REASON_LIMIT]
        log.warning("%s: dead letter from %s: %s%s", self.stage.role, received.topic, reason, more)

    async def _produce(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Any, delivered: Callable[[], Any]
    ) -> None:
        future: Awaitable[Any] = await self.app.producer.send(self._prefix + topic, key, value, None, None, headers)
        asyncio.ensure_future(future).add_done_callback(lambda done: self._delivered(done, delivered))

    def _delivered(self, done: "asyncio.Future[Any]", delivered: Callable[[], Any]) -> None:
        if done.cancelled() or done.exception() is not None:
            # never acknowledged: the process ends, and what it had not delivered is read again
            self._fail((None if done.cancelled() else done.exception()) or RuntimeError("a send was cancelled"))
            return
        self.delivered += 1
        delivered()

    def _sender_ended(self, sender: "asyncio.Task[None]") -> None:
        if not sender.cancelled() and (error := sender.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self._crash is None and not self.app.should_stop:
            log.error("role %s fails: %r", self.stage.role, error)
            self._crash = asyncio.ensure_future(self.app.crash(error))
