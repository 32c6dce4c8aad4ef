"""Both parts of a chunk become a pair; what was judged before is let go; what is lost is told."""

import pytest
from classify_world import both, features, head

from schemas.records import Features, ReplayPart, SpectrumPart, TonesPart
from streams.classify.join import LOST, MAX_WAITING, Pair, PartJoin
from streams.runtime.acker import PartitionAcker


class Joined:
    """A join with an acker behind it; offsets below tell both chunk and record."""

    def __init__(self, most: int = MAX_WAITING) -> None:
        self.join = PartJoin(most)
        self.acker = PartitionAcker()

    def feed(self, record: Features) -> list[Pair]:
        slot = self.acker.add(lambda: None)
        pairs = self.join.feed(record, slot)
        slot.release()
        return pairs

    def spectrum(self, offset: int) -> list[int]:
        return self._offsets(features(head(chunk=offset), offset, spectrum=SpectrumPart()))

    def tones(self, offset: int) -> list[int]:
        return self._offsets(features(head(chunk=offset), offset, tones=TonesPart()))

    def fused(self, offset: int) -> list[int]:
        return self._offsets(both(head(chunk=offset), offset))

    def _offsets(self, record: Features) -> list[int]:
        pairs = self.feed(record)
        for pair in pairs:
            assert pair.spectrum.source_offset == pair.tones.source_offset
            assert pair.spectrum.spectrum is not None
            assert pair.tones.tones is not None
            for hold in pair.holds:
                hold.release()
        return [pair.spectrum.source_offset for pair in pairs]


def test_the_parts_of_a_chunk_meet_whichever_comes_first() -> None:
    joined = Joined()
    assert joined.spectrum(4) == []
    assert joined.tones(4) == [4]
    assert joined.tones(5) == []
    assert joined.tones(6) == []
    assert joined.spectrum(5) == [5]
    assert joined.spectrum(6) == [6]
    assert len(joined.join) == len(joined.acker) == 0


def test_one_record_with_both_parts_is_a_pair() -> None:
    joined = Joined()
    assert joined.fused(1) == [1]
    assert len(joined.acker) == 0


def test_a_part_is_held_while_it_waits() -> None:
    joined = Joined()
    joined.spectrum(1)
    assert len(joined.acker) == 1


def test_a_part_whose_partner_came_before_this_owner_is_let_go() -> None:
    joined = Joined()
    assert joined.tones(10) == []
    assert joined.spectrum(8) == []
    assert joined.spectrum(9) == []
    assert joined.spectrum(10) == [10]
    assert (joined.join.let_go, joined.join.lost, len(joined.acker)) == (2, 0, 0)


def test_a_part_that_waits_is_let_go_when_its_partners_turn_out_to_begin_later() -> None:
    joined = Joined()
    joined.spectrum(8)
    joined.spectrum(9)
    assert joined.tones(9) == [9]
    assert (joined.join.let_go, len(joined.acker)) == (1, 0)


def test_a_repeat_is_let_go_and_pairs_with_nothing() -> None:
    joined = Joined()
    for offset in (1, 2, 3):
        joined.spectrum(offset)
    assert joined.spectrum(2) == []
    assert [joined.tones(offset) for offset in (1, 2, 3)] == [[1], [2], [3]]
    assert joined.tones(2) == joined.spectrum(2) == []
    assert joined.fused(3) == []
    assert (len(joined.acker), joined.join.lost) == (0, 0)


def test_repeats_of_both_kinds_do_not_meet_past_what_was_judged() -> None:
    joined = Joined()
    joined.tones(20)
    for offset in (17, 18):
        joined.spectrum(offset)
    assert joined.tones(19) == []
    assert joined.spectrum(19) == []
    assert joined.spectrum(20) == [20]
    assert len(joined.acker) == 0


def test_a_record_with_both_parts_meets_the_part_that_waits_for_one_of_them() -> None:
    joined = Joined()
    joined.spectrum(1)
    assert joined.fused(1) == [1]
    joined.tones(2)
    assert joined.fused(2) == [2]
    assert len(joined.acker) == 0


def test_a_part_lost_in_between_leaves_a_pair_with_an_error_in_its_place() -> None:
    joined = Joined()
    joined.fused(1)
    joined.feed(features(head(chunk=2), 2, spectrum=SpectrumPart()))
    lost, whole = joined.feed(both(head(chunk=3), 3))
    assert lost.tones.tones == TonesPart(error=LOST)
    assert lost.spectrum.spectrum == SpectrumPart()
    assert whole.tones.source_offset == 3
    assert joined.join.lost == 1


def test_a_part_that_comes_after_its_partner_kind_went_past_it_is_paired_with_an_error_too() -> None:
    joined = Joined()
    joined.spectrum(1)
    joined.spectrum(3)
    (first,) = joined.feed(features(head(chunk=1), 1, tones=TonesPart()))
    (lost,) = joined.feed(features(head(chunk=2), 2, tones=TonesPart()))
    assert (first.spectrum.spectrum, lost.spectrum.spectrum) == (SpectrumPart(), SpectrumPart(error=LOST))


def test_a_record_with_neither_part_is_none_of_its_business() -> None:
    joined = Joined()
    assert joined.feed(features(head(), 1, replay=ReplayPart())) == []
    assert len(joined.acker) == 0


@pytest.mark.parametrize("seen", [False, True])
def test_of_more_parts_than_may_wait_the_oldest_is_lost(seen: bool) -> None:
    joined = Joined(most=3)
    if seen:  # the partners' role was there before
        joined.fused(0)
    assert [joined.spectrum(offset) for offset in range(1, 7)] == [[], [], [], [1], [2], [3]]
    assert (joined.join.lost, len(joined.join), len(joined.acker)) == (3, 3, 3)


def test_the_pair_of_a_part_that_waited_too_long_says_so() -> None:
    joined = Joined(most=1)
    joined.feed(features(head(), 1, tones=TonesPart()))
    (lost,) = joined.feed(features(head(chunk=1), 2, tones=TonesPart()))
    assert (lost.spectrum.spectrum, lost.tones.source_offset) == (SpectrumPart(error=LOST), 1)


def test_partners_that_come_at_last_are_let_go_or_find_what_still_waits() -> None:
    joined = Joined(most=3)
    for offset in range(1, 7):
        joined.spectrum(offset)
    assert [joined.tones(offset) for offset in range(1, 7)] == [[], [], [], [4], [5], [6]]
    assert (joined.join.lost, joined.join.let_go) == (3, 3)
    assert len(joined.join) == len(joined.acker) == 0
    assert joined.fused(7) == [7]
