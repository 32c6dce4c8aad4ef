"""Faust's consumer, mended where a rebalance could show a role records twice, in another order, or not at all.

After a rebalance Faust has its consumer go back to what the group has committed, for it may have fetched records
meanwhile and thrown them away, and only then lets records flow. Three things are missing there:

- Where nothing was committed yet it goes nowhere: the records thrown away are never seen again, and those after them
  are acknowledged all the same.
- Another rebalance may begin while it goes back. It lets records flow nevertheless, and they do so all through that
  other rebalance: a role takes records, and then the same ones once more.
- A consumer without partitions is not told to stop when a rebalance begins, so that those it gets then flow at once.
"""

from faust.tables.recovery import RebalanceAgain
from faust.transport.drivers.aiokafka import Consumer as FaustConsumer
from faust.types import TP


class Consumer(FaustConsumer):
    """A consumer whose records flow only from what is committed on, and only between rebalances."""

    _rebalances = 0
    _away = False  # between the partitions that it had and those that it gets

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
        """Go back to what is committed in each partition, or to its beginning.

        Raises
        ------
        RebalanceAgain
            If another rebalance has begun: Faust would let records flow now, and must wait for that one instead.
        """
        rebalances = self._rebalances
        await super().perform_seek()
        fresh = [tp for tp in self.assignment() if not self._committed_offset.get(tp)]
        if fresh:
            for tp, offset in (await self.earliest_offsets(*fresh)).items():
                await self.seek(tp, offset)
        if self._away or self._rebalances != rebalances:
            raise RebalanceAgain("another rebalance has begun")
