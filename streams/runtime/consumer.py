"""Faust's consumer, mended in one place: where a group has committed nothing, a rebalance begins at the beginning.

After a rebalance Faust has its consumer go back to what the group has committed, for it may have fetched records
meanwhile and thrown them away. Where nothing was committed yet it goes nowhere, and these records are never seen again;
those after them are acknowledged all the same.
"""

from faust.transport.drivers.aiokafka import Consumer as FaustConsumer


class Consumer(FaustConsumer):
    """A consumer that never leaves out what was fetched during a rebalance."""

    async def perform_seek(self) -> None:
        """Go back to what is committed in each partition, or to its beginning."""
        await super().perform_seek()
        fresh = [tp for tp in self.assignment() if not self._committed_offset.get(tp)]
        if fresh:
            for tp, offset in (await self.earliest_offsets(*fresh)).items():
                await self.seek(tp, offset)
