"""Whoever owns a partition, and however often that changes: every chunk is made, and made the same."""

from random import Random

import pytest
from delivery_world import Partition, WindowOwner, chunk_key, content, frames_log

from schemas.records import Record


def reference(log: list[Record], rng: Random) -> dict[tuple[str, int], str]:
    partition = Partition(log, rng)
    acker = partition.own_to_the_end(WindowOwner())
    assert len(acker) == 0
    chunks = partition.records()
    made = {chunk_key(chunk): content(chunk) for chunk in chunks}
    assert len(made) == len(chunks), "one owner made a chunk twice"
    return made


@pytest.mark.parametrize("two_taps", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_owners_killed_at_any_record_together_make_every_chunk_and_nothing_else(seed: int, two_taps: bool) -> None:
    rng = Random(seed)
    check_takeovers(frames_log(rng, two_taps=two_taps), rng, times=12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_so_they_do_where_the_network_stands_still_and_delivers_all_at_once(seed: int) -> None:
    rng = Random(seed)
    log = frames_log(rng, two_taps=seed % 2 == 0, stalls=True, calls=rng.choice((1, 3, 5)), seconds=20.0)
    check_takeovers(log, rng, times=8, batch=50)


def check_takeovers(log: list[Record], rng: Random, *, times: int, batch: int = 1) -> None:
    expected = reference(log, rng)
    for _ in range(times):
        partition = Partition(log, rng)
        kills = sorted(rng.randint(1, len(log)) for _ in range(rng.randint(1, 4)))
        for kill in kills:
            partition.own(WindowOwner(), kill, lag=rng.choice((0, 2, 20)), batch=batch)
        acker = partition.own_to_the_end(WindowOwner())
        made: dict[tuple[str, int], str] = {}
        for chunk in partition.records():
            key = chunk_key(chunk)
            assert content(chunk) == expected.get(key), (kills, key)
            made[key] = content(chunk)
        assert made.keys() == expected.keys(), kills
        assert len(acker) == 0
        assert partition.committed == len(log)
