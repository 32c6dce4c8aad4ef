"""Whoever owns a partition of features, and however often that changes: every verdict is made, and made the same."""

from collections.abc import Sequence
from random import Random

import pytest
from classify_world import ClassifyOwner, features_log
from delivery_world import Partition, content

from schemas.records import Record, Verdict


def verdicts(partition: Partition) -> dict[str, str]:
    made: dict[str, str] = {}
    for verdict in partition.records():
        assert isinstance(verdict, Verdict)
        assert made.setdefault(verdict.id, content(verdict)) == content(verdict), "a repeat differs"
    return made


def reference(log: Sequence[Record], rng: Random) -> dict[str, str]:
    partition = Partition(log, rng)
    assert len(partition.own_to_the_end(ClassifyOwner(), batch=5)) == 0
    return verdicts(partition)


@pytest.mark.parametrize("seed", range(12))
def test_owners_killed_at_any_record_together_judge_everything_once_to_see(seed: int) -> None:
    rng = Random(seed)
    log = features_log(rng)
    expected = reference(log, rng)
    assert len(expected) > 50
    for _ in range(8):
        partition = Partition(log, rng)
        kills = sorted(rng.randint(1, len(log)) for _ in range(rng.randint(1, 4)))
        for kill in kills:
            partition.own(ClassifyOwner(), kill, batch=rng.choice((1, 8)), lag=rng.choice((0, 2, 30)))
        owner = ClassifyOwner()
        acker = partition.own_to_the_end(owner, batch=8)
        made = verdicts(partition)
        assert made == expected, (kills, [v for i, v in expected.items() if made.get(i) != v][:1])
        assert len(acker) == 0
        assert partition.committed == len(log)
        assert len(owner.core) == 0
        assert owner.core.lost == 0
