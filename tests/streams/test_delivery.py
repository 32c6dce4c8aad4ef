"""Window, analysis and classify one after the other, the owners of each killed again and again."""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random

import pytest
from classify_world import ClassifyOwner, head, judged, parts_log
from delivery_world import Partition, WindowOwner, content, frames_log

from models.classifier import Judgement
from schemas.records import Chunk, ChunkHead, Record, Verdict


def judged_by_reception(of: ChunkHead) -> Judgement:
    """A judgement that depends on what the chunk holds."""
    told = f"{of.coverage}:{of.encodings}:{of.received}:{of.lost}"
    return judged(head(blake2b(told.encode()).hexdigest(), of.chunk))


def verdicts(chunks: Sequence[Record], rng: Random, kills: int) -> dict[str, str]:
    log = parts_log(rng, [chunk.head for chunk in chunks if isinstance(chunk, Chunk)], fused_from=rng.choice((None, 0)))
    partition = Partition(log, rng)
    for kill in sorted(rng.randint(1, len(log)) for _ in range(kills)):
        partition.own(ClassifyOwner(judged_by_reception), kill, batch=rng.choice((1, 8)), lag=rng.choice((0, 20)))
    owner = ClassifyOwner(judged_by_reception)
    assert len(partition.own_to_the_end(owner, batch=8)) == 0, "an offset is held for ever"
    assert partition.committed == len(log)
    assert len(owner.core) == 0, "a stream never ended"
    assert owner.core.lost == 0
    made: dict[str, str] = {}
    for verdict in partition.records():
        assert isinstance(verdict, Verdict)
        assert made.setdefault(verdict.id, content(verdict)) == content(verdict), "a repeat differs"
    return made


@pytest.mark.parametrize("seed", range(10))
def test_kills_of_windows_and_classifiers_leave_the_verdicts_as_they_were(seed: int) -> None:
    rng = Random(seed)
    log = frames_log(rng, calls=4, seconds=25.0)
    whole = Partition(log, rng)
    whole.own_to_the_end(WindowOwner())
    expected = verdicts(whole.records(), rng, kills=0)
    for _ in range(4):
        partition = Partition(log, rng)
        for kill in sorted(rng.randint(1, len(log)) for _ in range(rng.randint(1, 4))):
            partition.own(WindowOwner(), kill, lag=rng.choice((0, 2, 20)))
        partition.own_to_the_end(WindowOwner())
        made = verdicts(partition.records(), rng, kills=rng.randint(0, 3))
        assert made == expected
