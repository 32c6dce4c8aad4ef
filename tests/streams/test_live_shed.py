"""A batch without its audio: windows go on as if it had come."""

from random import Random

import pytest
from delivery_world import Partition, WindowOwner, chunk_key, content, frames_log
from tap_world import World, answer, bye, invite, talk

from schemas.codec import Codec
from schemas.records import Chunk, ChunkHead, FrameBatch, Record, Segment
from streams.live.errors import LiveError
from streams.live.outlet import AUDIO_SHARE, MESSAGE_BYTES, Outlet
from streams.live.shed import without_audio
from streams.runtime.acker import PartitionAcker
from streams.settings import Settings
from streams.window import WindowCore

NOBODY = Settings(broker="kafka://127.0.0.1:9")  # the discard port: no Kafka


def call() -> World:
    """Fourteen seconds of a call with a pause of five, answered in its middle."""
    world = World()
    world.feed([invite(0), *talk(100, 150), answer(3050), *talk(3100, 75, first=150)])
    world.feed([*talk(9600, 200, first=475), bye(13700)]).wait(15000)
    return world.close()


def chunks(batches: list[tuple[int, FrameBatch]]) -> list[tuple[int, int, bool, bool]]:
    """(SSRC, chunk, last, whether it was answered by its end) as a window makes them."""
    core, acker = WindowCore(0, 1), PartitionAcker()
    heads: list[ChunkHead] = []
    for _, batch in batches:
        outcome = core.feed(batch, acker.add(lambda: None), batch.clock_ms)
        assert not outcome.broken
        for emission in outcome.emissions:
            assert isinstance(emission.record, Chunk)
            heads.append(emission.record.head)
    assert len(core) == 0
    return [
        (head.ssrc, head.chunk, head.last, (head.facts.answered_ms or 1 << 40) < 2000 * (head.chunk + 1))
        for head in heads
    ]


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_windows_make_the_same_chunks_of_what_is_left(every: int) -> None:
    batches = call().batches
    shed = []
    for number, (partition, batch) in enumerate(batches):
        kept = without_audio(batch).batch if number % every == 0 else batch
        if kept is not None:
            shed.append((partition, kept))
    assert len(shed) < len(batches)
    assert chunks(shed) == chunks(batches)


def shed_from(log: list[Record], begin: int, stop: int) -> list[Record]:
    """What a tap leaves in Kafka that had no room for audio from one batch to another."""
    left: list[Record] = []
    for number, batch in enumerate(log):
        assert isinstance(batch, FrameBatch)
        kept = without_audio(batch).batch if begin <= number < stop else batch
        if kept is not None:
            left.append(kept)
    return left


@pytest.mark.parametrize("seed", range(8))
def test_owners_killed_while_audio_is_shed_together_make_every_chunk(seed: int) -> None:
    rng = Random(seed)
    log = frames_log(rng)
    begin = rng.randint(0, len(log))
    left = shed_from(log, begin, rng.randint(begin, len(log)))
    whole = Partition(left, rng)
    whole.own_to_the_end(WindowOwner())
    expected = {chunk_key(chunk): content(chunk) for chunk in whole.records()}
    for _ in range(12):
        partition = Partition(left, rng)
        for kill in sorted(rng.randint(1, len(left)) for _ in range(rng.randint(1, 4))):
            partition.own(WindowOwner(), kill, lag=rng.choice((0, 2, 20)))
        acker = partition.own_to_the_end(WindowOwner())
        assert {chunk_key(chunk): content(chunk) for chunk in partition.records()} == expected
        assert len(acker) == 0


def test_a_frame_that_reaches_into_the_next_chunk_still_begins_it_without_its_audio() -> None:
    batches = World().feed(talk(0, 140, ptime=30)).wait(4500).close().batches
    begun = -1
    for _, batch in batches:
        shed = without_audio(batch)
        for segment in shed.batch.segments if shed.batch else []:
            assert segment.begun <= begun, "a window has heard of every chunk that the tap counts as begun"
            begun = max(begun, segment.chunk)


def test_every_mark_and_the_first_segment_of_each_chunk_stay_and_the_rest_is_counted() -> None:
    batches = [batch for _, batch in call().batches]
    results = [without_audio(batch) for batch in batches]
    before = [segment for batch in batches for segment in batch.segments]
    after = [segment for shed in results if shed.batch for segment in shed.batch.segments]

    def marks(segments: list[Segment]) -> list[tuple[str, int]]:
        return [(segment.kind, segment.chunk) for segment in segments if segment.kind != "audio"]

    assert marks(after) == marks(before)
    assert {(s.ssrc, s.chunk, s.begun) for s in after if s.facts} == {
        (s.ssrc, s.chunk, s.begun) for s in before if s.facts
    }
    assert not any(segment.payload or segment.encoding for segment in after)
    assert sum(shed.frames for shed in results) == 425
    assert sum(shed.segments for shed in results) == sum(bool(segment.encoding) for segment in before)


def test_a_batch_without_news_goes_too() -> None:
    world = World().feed([invite(0)]).wait(1000)
    assert [without_audio(batch).batch is None for _, batch in world.batches[1:]] == [True] * (len(world.batches) - 1)


def test_without_kafka_audio_is_shed_first_and_marks_until_there_is_no_room() -> None:
    room = 1 << 20
    outlet = Outlet(NOBODY, Codec(), room)
    batches = call().batches
    counters = outlet.counters
    while not counters.shed_frames:
        outlet.send(batches)
    assert outlet.queued_bytes > room * AUDIO_SHARE - 100_000
    with pytest.raises(LiveError, match="marks wait"):
        outlet.send(batches * 10_000)
    assert room - 3000 < counters.queue_peak_bytes <= room
    assert counters.shed_frames > 0
    assert counters.shed_batches > 0
    assert counters.bytes + MESSAGE_BYTES * counters.batches == outlet.queued_bytes


def test_the_end_without_kafka_comes_in_time_and_is_an_error() -> None:
    outlet = Outlet(NOBODY, Codec(), 1 << 20)
    outlet.send(call().batches[:3])
    with pytest.raises(LiveError, match="3 batches were not taken within 0 s"):
        outlet.close(0.1)
