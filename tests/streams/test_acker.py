"""Offsets are acknowledged in order, each when it is done with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.runtime.acker import PartitionAcker
from streams.runtime.emission import Emission
from streams.topics import CHUNKS


def test_a_record_waits_for_those_before_it() -> None:
    acker, done = PartitionAcker(), list[int]()
    slots = [acker.add(lambda at=at: done.append(at)) for at in range(3)]
    slots[2].release()
    slots[1].release()
    assert done == []
    slots[0].release()
    assert done == [0, 1, 2]
    assert len(acker) == 0


def test_a_record_waits_for_every_hold() -> None:
    acker, done = PartitionAcker(), list[int]()
    slot = acker.add(lambda: done.append(0))
    slot.hold()
    slot.release()
    assert not slot.done
    slot.release()
    assert slot.done
    assert done == [0]


@given(st.permutations(range(6)), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_whatever_the_order_everything_is_acknowledged_once_and_in_order(order: list[int], holds: list[int]) -> None:
    acker, done = PartitionAcker(), list[int]()
    slots = [acker.add(lambda at=at: done.append(at)) for at in range(6)]
    for slot, count in zip(slots, holds, strict=True):
        for _ in range(count):
            slot.hold()
    released: set[int] = set()
    for at in order:
        for _ in range(holds[at] + 1):
            slots[at].release()
        released.add(at)
        assert done == list(range(next(n for n in range(7) if n not in released)))
    assert len(acker) == 0


def test_a_record_that_is_done_with_cannot_be_held_or_released() -> None:
    slot = PartitionAcker().add(lambda: None)
    slot.release()
    with pytest.raises(RuntimeError, match="held again"):
        slot.hold()
    with pytest.raises(RuntimeError, match="more often"):
        slot.release()


def test_after_the_partition_is_lost_nothing_is_acknowledged() -> None:
    acker, done = PartitionAcker(), list[int]()
    slots = [acker.add(lambda: done.append(0)) for _ in range(2)]
    assert not slots[0].stale
    acker.close()
    for slot in slots:
        assert slot.stale
        slot.release()
    assert done == []
    assert len(acker) == 0


def test_an_acknowledgement_may_release_the_next_record() -> None:
    acker, done = PartitionAcker(), list[int]()
    slots = [
        acker.add(lambda: slots[1].release()),  # noqa: PLW0108 - there are no slots yet
        acker.add(lambda: done.append(1)),
        acker.add(lambda: done.append(2)),
    ]
    slots[2].release()
    slots[0].release()
    assert done == [1, 2]


def test_a_delivered_emission_lets_its_inputs_go() -> None:
    acker, done = PartitionAcker(), list[int]()
    slots = [acker.add(lambda at=at: done.append(at)) for at in range(2)]
    emission = Emission(CHUNKS, "key", None, list(slots))
    assert done == []
    emission.release()
    assert done == [0, 1]
