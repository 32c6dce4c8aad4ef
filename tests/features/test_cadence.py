import pytest

from features.cadence import Burst, join_special_information, name_call_progress


def burst(symbol: str, start_s: float, length_s: float, *, continued: bool = False, continues: bool = False) -> Burst:
    return Burst(symbol, start_s, start_s + length_s, -20.0, 0.0, 0.0, 30.0, continued, continues)


def train(symbol: str, on_s: float, off_s: float, count: int) -> list[Burst]:
    return [burst(symbol, 0.05 + i * (on_s + off_s), on_s) for i in range(count)]


def names(bursts: list[Burst]) -> list[str]:
    return [b.symbol for b in name_call_progress(bursts)]


@pytest.mark.parametrize(("on_s", "off_s"), [(0.2, 0.2), (0.375, 0.375), (0.48, 0.48), (0.75, 0.75)])
def test_single_bursts_that_repeat_are_busy(on_s: float, off_s: float) -> None:
    assert names(train("single", on_s, off_s, 2)) == ["busy", "busy"]


@pytest.mark.parametrize("on_s", [1.0, 1.5])
def test_one_long_single_burst_is_ringback(on_s: float) -> None:
    assert names([burst("single", 0.1, on_s)]) == ["ringback"]


def test_a_single_burst_that_fills_chunk_and_lead_in_is_dial_tone() -> None:
    assert names([burst("single", -0.128, 2.128, continued=True, continues=True)]) == ["dial"]


def test_one_short_single_burst_cannot_be_told() -> None:
    assert names([burst("single", 0.3, 0.5)]) == ["tone"]


@pytest.mark.parametrize(("period_s", "name"), [(0.25, "reorder"), (0.5, "busy")])
def test_busy_and_reorder_differ_in_pace(period_s: float, name: str) -> None:
    assert set(names(train("interrupted", period_s, period_s, 2))) == {name}


def test_a_pair_outranks_the_single_tone_it_can_be_taken_for() -> None:
    assert names([burst("ringback", 0.0, 2.0), burst("single", 0.5, 0.3)]) == ["ringback"]


def test_three_rising_tones_are_one_special_information_tone() -> None:
    rising = [burst(f"sit{i + 1}", 0.1 + 0.33 * i, 0.32) for i in range(3)]
    (sit,) = join_special_information(rising)
    assert (sit.symbol, sit.start_s, sit.continued) == ("sit", 0.1, False)
    assert sit.duration_s == pytest.approx(0.98)


def test_falling_or_lone_tones_are_no_special_information_tone() -> None:
    falling = [burst(f"sit{3 - i}", 0.1 + 0.33 * i, 0.32) for i in range(3)]
    assert join_special_information(falling) == []
    assert join_special_information(falling[:1]) == []


def test_special_information_tones_apart_in_time_are_not_joined() -> None:
    assert join_special_information([burst("sit1", 0.1, 0.32), burst("sit2", 0.8, 0.32)]) == []


def test_a_sequence_that_begins_in_its_second_tone_was_reported_before() -> None:
    parts = [burst("sit2", -0.128, 0.3, continued=True), burst("sit3", 0.18, 0.38)]
    (sit,) = join_special_information(parts)
    assert sit.continued
