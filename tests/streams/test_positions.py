"""Where a role is: what it has yet to do, and what was deleted before it came."""

from streams.runtime.positions import Ends, Positions

PLACE = ("call.chunks", 0)


def positions(committed: int | None = None) -> Positions:
    return Positions(["list.entries"], lambda _: committed)


def test_offsets_that_follow_one_another_miss_nothing() -> None:
    at = positions(committed=7)
    assert [at.take(*PLACE, offset) for offset in (7, 8, 9)] == [0, 0, 0]
    assert not at.missed


def test_records_gone_before_the_first_and_in_the_middle_are_counted() -> None:
    at = positions(committed=7)
    assert [at.take(*PLACE, offset) for offset in (10, 11, 14)] == [3, 0, 2]
    assert at.missed == {"call.chunks": 5}


def test_a_group_that_never_committed_misses_nothing_at_its_first_record() -> None:
    assert positions().take(*PLACE, 500) == 0


def test_gaps_of_a_compacted_topic_are_usual() -> None:
    at = positions(committed=0)
    assert [at.take("list.entries", 0, offset) for offset in (3, 9)] == [0, 0]


def test_records_read_again_after_a_rebalance_are_no_gap_and_the_count_stays() -> None:
    at = positions(committed=7)
    at.take(*PLACE, 9)
    at.begin()
    assert at.take(*PLACE, 7) == 0
    assert at.missed == {"call.chunks": 2}


def test_a_record_is_known_from_its_first_reading_to_the_next_rebalance() -> None:
    at = positions(committed=7)
    assert not at.knows(*PLACE, 7)
    at.take(*PLACE, 7)
    at.take(*PLACE, 8)
    assert [at.knows(*PLACE, offset) for offset in (6, 7, 8, 9)] == [False, True, True, False]
    assert not at.knows("call.chunks", 1, 7)
    at.begin()
    assert not at.knows(*PLACE, 7)


def test_lag_is_what_is_not_acknowledged_and_unread_what_is_not_taken() -> None:
    at = positions(committed=5)
    ends = {PLACE: Ends(first=0, next=20), ("call.chunks", 1): Ends(first=90, next=100)}
    assert (at.lag(ends), at.unread(ends)) == ({"call.chunks": 15 + 10}, 15 + 10)
    at.take(*PLACE, 5)
    at.take(*PLACE, 6)
    at.acknowledge(*PLACE, 5)
    assert (at.lag(ends), at.unread(ends)) == ({"call.chunks": 14 + 10}, 13 + 10)
