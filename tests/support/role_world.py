"""Records as a role's stage gets them from Kafka, and whether they are done with. Not a test."""

import asyncio
from collections.abc import Sequence
from itertools import count

from schemas.codec import encode
from schemas.records import Record
from streams.runtime.acker import PartitionAcker
from streams.runtime.stage import Outcome, Received, Stage


class Role:
    """A stage on one partition; what it sends is delivered at once, as its runner does."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.topic = "t"
        self.acker = PartitionAcker()
        self._offsets = count()

    def process(self, values: Sequence[Record | bytes]) -> Outcome:
        batch = [
            Received(
                topic=self.topic,
                partition=0,
                offset=next(self._offsets),
                key=b"k",
                value=encode(value) if isinstance(value, Record) else value,
                timestamp_ms=1_700_000_000_000,
                slot=self.acker.add(lambda: None),
            )
            for value in values
        ]
        outcome = asyncio.run(self.stage.process(batch))
        for emission in outcome.emissions:
            assert emission.record is not None
            encode(emission.record)  # what can't be encoded would end the sender
            emission.release()
        for received in batch:
            received.slot.release()
        return outcome

    @property
    def held(self) -> int:
        """Records from the first that is not done with."""
        return len(self.acker)
