"""Roles spectrum and tones, and the two fused: call.chunks to call.features."""

import asyncio
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Chunk, Features
from streams.audio import chunk_audio
from streams.limits import check_chunk
from streams.roles.warming import warming_chunks
from streams.runtime.emission import Emission
from streams.runtime.stage import Outcome, Received
from streams.spectrum import spectrum_part
from streams.tones import tones_part
from streams.topics import CHUNKS, FEATURES


def features_of(
    chunk: Chunk, source_offset: int, parts: Collection[str], *, show_digits: bool, clock: Callable[[], float]
) -> Features:
    """Measure a chunk: the parts asked for, each a result or an error."""
    try:
        audio = chunk_audio(chunk)  # once for both parts
    except ValueError:
        audio = None  # each part says what is wrong
    return Features(
        head=chunk.head,
        source_offset=source_offset,
        spectrum=spectrum_part(chunk, audio) if "spectrum" in parts else None,
        tones=tones_part(chunk, audio, show_digits=show_digits) if "tones" in parts else None,
        features_ms=int(clock() * 1000),
    )


def warm_up() -> None:
    """Compile every kernel that a chunk needs, so that no call waits for the compiler."""
    for chunk in warming_chunks():
        features_of(chunk, 0, ("spectrum", "tones"), show_digits=False, clock=time.time)


class AnalysisStage:
    """Measures chunks in an executor: no state goes from chunk to chunk.

    Parameters
    ----------
    parts
        ``spectrum``, ``tones`` or both; with both each chunk is read once and the parts go out in one record.
    codec
        Reads chunks.
    executor
        Where the kernels run; they let go of the interpreter's lock.
    show_digits
        Keep DTMF digits unmasked.
    """

    sources: Final = (CHUNKS,)
    batch = 32
    in_flight = 3
    linger_s = 0.0

    def __init__(self, parts: Collection[str], codec: Codec, executor: Executor, *, show_digits: bool = False) -> None:
        self.role = "analysis" if len(parts) == 2 else next(iter(parts))
        self._parts = tuple(sorted(parts))
        self._codec = codec
        self._executor = executor
        self._show_digits = show_digits

    def reset(self) -> None:
        """Nothing to forget."""

    async def start(self) -> None:
        """Compile."""
        await asyncio.get_running_loop().run_in_executor(self._executor, warm_up)

    async def stop(self) -> None:
        """Nothing to let go of."""

    def drops(self) -> dict[str, int]:
        """Nothing is dropped here."""
        return {}

    async def process(self, batch: list[Received]) -> Outcome:
        """Measure a batch of chunks."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._measure, batch)

    def _measure(self, batch: list[Received]) -> Outcome:
        outcome = Outcome()
        for received in batch:
            try:
                chunk = self._codec.decode(received.value, Chunk)
                check_chunk(chunk, received.timestamp_ms)
                features = features_of(
                    chunk, received.offset, self._parts, show_digits=self._show_digits, clock=time.time
                )
            except BrokenRecordError as error:
                outcome.reject(received, str(error))
                continue
            except Exception as error:  # a fault of ours costs this record, not the process
                outcome.fault(received, error)
                continue
            received.slot.hold()
            outcome.emissions.append(Emission(FEATURES, chunk.head.call_id, features, [received.slot]))
        return outcome
