"""Role window: rtp.frames to call.chunks."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Chunk, FrameBatch
from streams.runtime.stage import Outcome, Received
from streams.topics import FRAMES
from streams.window import BrokenBatchError, WindowCore


class WindowStage:
    """Cuts chunks; one core for each partition."""

    role: Final = "window"
    sources: Final = (FRAMES,)
    batch = 200
    in_flight = 1
    linger_s = 0.0

    def __init__(self, partitions: int, codec: Codec, clock: Callable[[], float] = time.time) -> None:
        self._partitions = partitions
        self._codec = codec
        self._clock = clock
        self._cores: dict[int, WindowCore] = {}
        self._dropped: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget all windows; the partitions' new owners read them again."""
        for core in self._cores.values():
            self._dropped.update(asdict(core.counters))
        self._cores.clear()

    async def start(self) -> None:
        """Nothing to prepare."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    def drops(self) -> dict[str, int]:
        """Frames and segments not used, and streams taken over or ended for want of their tap."""
        total = Counter(self._dropped)
        for core in self._cores.values():
            total.update(asdict(core.counters))
        return dict(total)

    async def process(self, batch: list[Received]) -> Outcome:
        """Feed batches of frames to their partition's core."""
        outcome = Outcome()
        for received in batch:
            core = self._cores.get(received.partition)
            if core is None:
                core = self._cores[received.partition] = WindowCore(received.partition, self._partitions)
            try:
                frames = self._codec.decode(received.value, FrameBatch)
                made = core.feed(frames, received.slot, received.timestamp_ms)
            except (BrokenRecordError, BrokenBatchError) as error:
                outcome.reject(received, str(error))
                continue
            except Exception as error:  # whatever it is, it costs one record and not the process
                outcome.fault(received, error)
                continue
            closed_ms = int(self._clock() * 1000)
            for emission in made.emissions:
                assert isinstance(emission.record, Chunk)  # noqa: S101 - for the type checker
                emission.record.head.closed_ms = closed_ms
            outcome.emissions.extend(made.emissions)
            outcome.broken.extend((received, letter) for letter in made.broken)
        return outcome
