"""The detector of a whole stream: its names, its memory, its independence of how the stream is cut up."""

import itertools

import numpy as np
import pytest

from features.tones import Tone, ToneDetector
from features.tones.table import ROWS, Row

RATE = 8000


def made(row: Row, seconds: float, rng: np.random.Generator, snr_db: float | None = None) -> np.ndarray:
    """A row of the table after half a second of silence, -13 dBm0, with white noise from beginning to end."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * f * time + rng.uniform(0, 6)) for f in row.frequencies)
    if row.modulation_hz:
        tone = tone * (1 + 0.9 * np.sin(2 * np.pi * row.modulation_hz * time))
    tone = tone / np.sqrt(np.mean(tone**2))
    if row.cadence:
        places = np.searchsorted(np.cumsum(row.cadence), time % sum(row.cadence), side="right")
        rounds = (time // sum(row.cadence)).astype(int)
        tone = tone * (places % 2 == 0) * 10 ** (-row.alternate_db / 20 * (rounds % 2))
    sound = np.concatenate([np.zeros(RATE // 2), tone])
    if snr_db is not None:
        sound = sound + rng.normal(scale=10 ** (-snr_db / 20), size=len(sound))
    return np.round(3500 * sound).astype(np.int16)


def heard(pcm: np.ndarray, received: np.ndarray | None = None) -> list[Tone]:
    detector = ToneDetector()
    return detector.feed(pcm, received) + detector.flush()


def busy(seconds: float = 4.0) -> np.ndarray:
    return made(Row("de", "busy", (425.0,), (0.48, 0.48)), seconds, np.random.default_rng(0))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.country}-{row.signal}-{row.cadence}")
@pytest.mark.parametrize("snr_db", [None, 10.0])
def test_every_row_of_the_table_gets_its_name(row: Row, snr_db: float | None) -> None:
    same = {
        other.signal
        for other in ROWS
        if (other.frequencies, other.cadence, other.alternate_db) == (row.frequencies, row.cadence, row.alternate_db)
        and other.modulation_hz == row.modulation_hz
    }
    found = {tone.symbol for tone in heard(made(row, 7.0, np.random.default_rng(1), snr_db))}
    assert len(found) == 1
    assert found <= same


@pytest.mark.parametrize("size", [1, 37, 160, 4096, 5000])
def test_however_the_stream_is_cut_up_the_same_tones_come_out(size: int) -> None:
    pcm = np.concatenate([busy(2.5), np.zeros(4000, np.int16), made(ROWS[1], 1.0, np.random.default_rng(3), 20.0)])
    detector = ToneDetector()
    pieces = [detector.feed(pcm[i : i + size]) for i in range(0, len(pcm), size)]
    assert list(itertools.chain(*pieces, detector.flush())) == heard(pcm)


def test_asking_for_what_is_on_changes_nothing() -> None:
    pcm, asked, plain = busy(), ToneDetector(), ToneDetector()
    found, expected = asked.feed(pcm[:20000]), plain.feed(pcm[:20000])
    assert asked.flush() == asked.flush() != []
    assert found + asked.feed(pcm[20000:]) + asked.flush() == expected + plain.feed(pcm[20000:]) + plain.flush()


def test_a_tone_is_told_with_its_time_its_level_and_whether_it_is_on() -> None:
    tones = heard(busy(2.2))
    assert [(t.symbol, t.continues) for t in tones] == [("busy", False), ("busy", False), ("busy", True)]
    for number, tone in enumerate(tones):
        assert tone.start_s == pytest.approx(0.5 + number * 0.96, abs=0.006)
        assert tone.start_s < tone.known_s <= tone.start_s + 0.16
        assert tone.level_dbm0 == pytest.approx(10 * np.log10(3500**2 / 32768**2) + 6.22, abs=0.2)
        assert tone.frequency_error < 0.001
        assert tone.snr_db > 40
    assert tones[0].duration_s == pytest.approx(0.48, abs=0.01)


def test_a_tone_too_short_to_be_known_is_not_told() -> None:
    assert heard(busy(0.05)) == []


def test_a_burst_broken_by_lost_packets_is_one_burst() -> None:
    pcm = busy()
    received = np.repeat(np.random.default_rng(5).random(len(pcm) // 160 + 1) > 0.07, 160)[: len(pcm)]
    tones = heard(np.where(received, pcm, 0).astype(np.int16), received)
    assert {tone.symbol for tone in tones} == {"busy"}
    assert len(tones) == 5


def test_a_pause_stays_a_pause_where_packets_of_it_are_lost() -> None:
    pcm = busy()
    received = np.ones(len(pcm), np.bool_)
    received[8000:8800] = False  # within the first pause, from 0.98 to 1.46 s
    assert len(heard(pcm, received)) == 5


def test_dial_tone_of_ten_minutes_is_one_tone() -> None:
    second = np.round(3000 * np.sin(2 * np.pi * 425 * np.arange(RATE) / RATE)).astype(np.int16)
    detector = ToneDetector()
    assert [tone for _ in range(600) for tone in detector.feed(second)] == []
    (tone,) = detector.flush()
    assert (tone.symbol, tone.continues) == ("dial", True)
    assert tone.duration_s == pytest.approx(600.0, abs=0.05)


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(40000, np.int16),
        np.full(40000, -32768, np.int16),
        np.random.default_rng(0).integers(-32768, 32768, 40000).astype(np.int16),
        (32767 * np.sign(np.sin(2 * np.pi * 425 * (np.arange(40000) + 0.3) / RATE))).astype(np.int16),
        np.zeros(0, np.int16),
    ],
    ids=["silence", "direct current", "noise", "square wave", "nothing"],
)
def test_what_is_no_tone_gives_none(pcm: np.ndarray) -> None:
    assert heard(pcm) == []


def test_other_rates_and_other_than_int16_are_refused() -> None:
    with pytest.raises(ValueError, match="resample"):
        ToneDetector(16000)
    for pcm, received in (
        (np.zeros(10), None),
        (np.zeros((2, 5), np.int16), None),
        (np.zeros(10, np.int16), np.ones(9, np.bool_)),
        (np.zeros(10, np.int16), np.ones(10)),
    ):
        with pytest.raises(ValueError, match=r"pcm must be|received must be"):
            ToneDetector().feed(pcm, received)


@pytest.mark.parametrize("seconds", [3.0, 5.0])
def test_a_tone_whose_end_is_lost_with_what_follows_is_told_however_long_it_was(seconds: float) -> None:
    time = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(3).normal(scale=4000, size=RATE)
    sound = np.concatenate([np.zeros(4000), 3000 * np.sin(2 * np.pi * 1004 * time), np.zeros(320), noise])
    received = np.ones(len(sound), np.bool_)
    received[-RATE - 320 : -RATE] = False
    tones = heard(np.clip(sound, -32768, 32767).astype(np.int16), received)
    assert [tone.symbol for tone in tones] == ["test"]
    assert tones[0].duration_s == pytest.approx(seconds, abs=0.04)


@pytest.mark.parametrize(("frequency", "nominal"), [(2109.0, 2100.0), (1112.0, 1100.0)])
def test_how_far_off_a_tone_is_is_told_of_answer_tones_too(frequency: float, nominal: float) -> None:
    sound = 3000 * np.sin(2 * np.pi * frequency / RATE * np.arange(4000))
    (tone,) = heard(np.concatenate([np.zeros(4000), sound, np.zeros(4000)]).astype(np.int16))
    assert tone.frequency_error == pytest.approx(frequency / nominal - 1, abs=0.0005)
