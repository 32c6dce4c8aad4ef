from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from features.matching.memory import MemoryIndex


@dataclass
class Postings:
    keys: NDArray[np.uint32]
    frames: NDArray[np.int32]
    bins: NDArray[np.uint8]


def postings(seed: int, count: int = 300) -> Postings:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 500, count).astype(np.uint32)
    return Postings(keys, rng.integers(0, 1900, count).astype(np.int32), rng.integers(0, 200, count).astype(np.uint8))


def words(call: int) -> NDArray[np.uint32]:
    return np.full(10, call, np.uint32)


def all_rows(index: MemoryIndex, keys: range) -> list[tuple[int, ...]]:
    return sorted(zip(*(column.tolist() for column in index.rows(np.array(keys, np.uint32))), strict=True))


def as_rows(call: int, part: Postings, keys: range) -> list[tuple[int, ...]]:
    together = zip(part.keys.tolist(), part.frames.tolist(), part.bins.tolist(), strict=True)
    return [(key, call, frame, bin_) for key, frame, bin_ in together if key in keys]


def test_rows_are_those_of_a_plain_search_however_they_came() -> None:
    index, keys, expected = MemoryIndex(), range(40, 90), []
    for call in range(200):  # more than a tail holds
        index.add(call, postings(call), words(call))
        expected += as_rows(call, postings(call), keys)
        if call % 50 == 0:
            assert all_rows(index, keys) == sorted(expected)

    assert all_rows(index, keys) == sorted(expected)
    assert len(index) == 200


def test_a_key_asked_for_twice_is_answered_once() -> None:
    index = MemoryIndex()
    index.add(1, Postings(np.array([7], np.uint32), np.array([3], np.int32), np.array([9], np.uint8)), words(1))

    keys, calls, frames, bins = index.rows(np.array([7, 7, 8], np.uint32))

    assert (keys.tolist(), calls.tolist(), frames.tolist(), bins.tolist()) == ([7], [1], [3], [9])


def test_a_removed_call_is_gone_and_may_come_back() -> None:
    index, keys = MemoryIndex(), range(500)
    for call in (1, 2):
        index.add(call, postings(call), words(call))
    index.remove(1)

    assert {row[1] for row in all_rows(index, keys)} == {2}
    assert 1 not in index
    assert len(index.words(1)) == 0

    index.add(1, postings(9), words(1))
    assert all_rows(index, keys) == sorted(as_rows(1, postings(9), keys) + as_rows(2, postings(2), keys))


def test_adding_a_call_again_replaces_it() -> None:
    index, keys = MemoryIndex(), range(500)
    index.add(1, postings(1), words(1))
    index.add(1, postings(2), words(5))

    assert all_rows(index, keys) == sorted(as_rows(1, postings(2), keys))
    assert index.words(1).tolist() == [5] * 10
    assert index.calls == [1]


def test_an_empty_index_answers_with_nothing() -> None:
    assert [len(column) for column in MemoryIndex().rows(np.array([1], np.uint32))] == [0, 0, 0, 0]


def test_what_does_not_fit_is_refused() -> None:
    index, good = MemoryIndex(), postings(1)
    with pytest.raises(ValueError, match="no call's number"):
        index.add(1 << 32, good, words(1))
    with pytest.raises(ValueError, match="65535"):
        index.add(1, Postings(good.keys, good.frames + 65_000, good.bins), words(1))
    with pytest.raises(ValueError, match="one frame"):
        index.add(1, Postings(good.keys, good.frames[:-1], good.bins), words(1))
    assert len(index) == 0
