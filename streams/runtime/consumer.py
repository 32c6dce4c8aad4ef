"""Faust's consumer, mended where a rebalance could show a role records twice, in another order, or not at all.

After a rebalance Faust has its consumer go back to what the group has committed, for it may have fetched records
meanwhile and thrown them away, and only then lets records flow. Four things are missing there:

- Where nothing was committed yet it goes nowhere: the records thrown away are never seen again, and those after them
  are acknowledged all the same.
- Another rebalance may begin while it goes back. It lets records flow nevertheless, and they do so all through that
  other rebalance: a role takes records, and then the same ones once more.
- Where going back takes longer than a request may, it lets no record flow ever after. A process that stood still for
  some seconds has used that time up.
- A consumer without partitions is not told to stop when a rebalance begins, so that those it gets then flow at once.

So here the way back belongs to letting records flow, in a task of its own that may take its time.
"""

import asyncio
from typing import Any

from aiokafka.errors import KafkaTimeoutError
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP


class Consumer(FaustConsumer):
    """A consumer whose records flow only from what is committed on, and only between rebalances."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._rebalances = 0
        self._away = False  # between the partitions that it had and those that it gets
        self._thrown_away = 0  # how often records were that came while none could flow
        self._on_the_way_back = asyncio.Lock()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let no record through until the new partitions are there and it has gone back in them."""
        self._rebalances += 1
        self._away = True
        self.stop_flow()
        self.app.flow_control.suspend()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take in the new partitions."""
        self._rebalances += 1
        self._away = False
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Note that there is a way to go back, which `resume_flow` then does.

        Faust asks for it before it resumes the flow, where it would give up after some time, and with it on the whole
        role; and where it has thrown records away.
        """
        self._thrown_away += 1

    def resume_flow(self) -> None:
        """Go back to what is committed in each partition, or to its beginning, and let records flow from there."""
        self.add_future(self._go_back_and_flow(self._rebalances))

    async def _go_back_and_flow(self, rebalances: int) -> None:
        async with self._on_the_way_back:
            back_since = -1
            while back_since != self._thrown_away and not self._is_over(rebalances):
                back_since = self._thrown_away
                try:
                    await self._go_back()
                except KafkaTimeoutError:
                    back_since = -1  # and once more
                except Exception:
                    if not self._is_over(rebalances):
                        raise
            if not self._is_over(rebalances):
                super().resume_flow()

    def _is_over(self, rebalances: int) -> bool:
        """Whether another rebalance has begun, after which records are let flow anew, they flow already or all ends."""
        other = self._away or self._rebalances != rebalances
        return other or self.flow_active or self.should_stop or self.app.should_stop

    async def _go_back(self) -> None:
        if not self.assignment():
            return
        await super().perform_seek()
        fresh = [tp for tp in self.assignment() if not self._committed_offset.get(tp)]
        if fresh:
            for tp, offset in (await self.earliest_offsets(*fresh)).items():
                await self.seek(tp, offset)
