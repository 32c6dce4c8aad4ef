"""The DTMF detector, by the clauses of ITU-T Q.24."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.dtmf import COLUMNS, KEYS, ROWS, DtmfDetector
from features.tone import Tone

OFFSET = 6.22  # dBm0 minus dBFS, mu-law


def press(
    key: str,
    duration_s: float = 0.05,
    *,
    dbm0: float = -10.0,
    twist_db: float = 0.0,
    off: tuple[float, float] = (0.0, 0.0),
    phase: int = 0,
) -> np.ndarray:
    """Return one key press; `dbm0` is the stronger tone's level, `phase` varies the tones' phases."""
    row, column = divmod(KEYS.index(key), 4)
    t = np.arange(round(duration_s * 8000)) / 8000
    peak = 32768 * 10 ** ((dbm0 - OFFSET) / 20) * np.sqrt(2)
    low = 10 ** (min(-twist_db, 0) / 20) * np.sin(2 * np.pi * ROWS[row] * (1 + off[0]) * t + phase)
    high = 10 ** (min(twist_db, 0) / 20) * np.sin(2 * np.pi * COLUMNS[column] * (1 + off[1]) * t + 2.3 * phase)
    return peak * (low + high)


def chunk(*parts: np.ndarray | float, lead: int = 800, noise_db: float | None = None, seed: int = 0) -> np.ndarray:
    """Return int16 audio: parts are sounds or seconds of silence; noise that many dB under one tone at -10 dBm0."""
    sounds = [np.zeros(round(p * 8000)) if isinstance(p, float) else p for p in parts]
    audio = np.concatenate([np.zeros(lead), *sounds, np.zeros(800)])
    if noise_db is not None:
        rms = 32768 * 10 ** ((-10 - OFFSET - noise_db) / 20)
        audio = audio + np.random.default_rng(seed).normal(scale=rms, size=len(audio))
    return np.clip(np.round(audio), -32768, 32767).astype(np.int16)


def listen(pcm: np.ndarray, received: np.ndarray | None = None) -> list[Tone]:
    detector = DtmfDetector()
    return detector.feed(pcm, received) + detector.flush()


def heard(pcm: np.ndarray, received: np.ndarray | None = None) -> str:
    return "".join(tone.symbol for tone in listen(pcm, received))


def share_heard(duration_s: float = 0.05, noise_db: float | None = None, **how: float | tuple[float, float]) -> float:
    """Return the share of 16 keys at eight alignments each that are heard as exactly themselves."""
    trials = [(key, shift) for key in KEYS for shift in range(8)]
    pcm = (
        chunk(press(key, duration_s, phase=shift, **how), lead=800 + 5 * shift, noise_db=noise_db, seed=shift)
        for key, shift in trials
    )
    return sum(heard(x) == key for x, (key, _) in zip(pcm, trials, strict=True)) / len(trials)


@pytest.mark.parametrize("key", KEYS)
def test_each_key_is_measured_as_it_was_pressed(key: str) -> None:
    (tone,) = listen(chunk(press(key, 0.1, twist_db=-3.0, off=(0.01, 0.0)), lead=813))
    assert tone.symbol == key
    assert tone.start_s == pytest.approx(813 / 8000, abs=0.0005)
    assert tone.duration_s == pytest.approx(0.1, abs=0.001)
    assert tone.twist_db == pytest.approx(-3.0, abs=0.1)
    assert tone.level_dbm0 == pytest.approx(-10 + 10 * np.log10(1 + 10**-0.3), abs=0.1)
    assert tone.frequency_error == pytest.approx(0.01, abs=0.0005)
    assert tone.snr_db > 30
    assert tone.start_s + 0.03 <= tone.known_s <= tone.start_s + 0.045
    assert not tone.continued
    assert not tone.continues


def test_a_key_still_down_is_flushed_as_going_on_and_told_again_when_it_ends() -> None:
    detector = DtmfDetector()
    pcm = chunk(press("5", 0.2))
    assert detector.feed(pcm[:1600]) == []
    (still,) = detector.flush()
    assert still.continues
    assert still.duration_s == pytest.approx(0.1, abs=0.005)
    (ended,) = detector.feed(pcm[1600:])
    assert not ended.continues
    assert ended.duration_s == pytest.approx(0.2, abs=0.001)
    assert (still.start_s, still.known_s) == (ended.start_s, ended.known_s)
    assert detector.flush() == []


_DIALLED = np.concatenate(
    [
        chunk(press("7", 0.05), 0.04, press("7", 0.06, phase=1), press("B", 0.1, phase=2), noise_db=10.0),
        chunk(press("0", 0.05), press("0", 0.02, dbm0=-50.0), 0.02, press("3", 0.03), lead=77),
    ]
)
_LOST = np.ones(len(_DIALLED), np.bool_)
_LOST[960:1120] = _LOST[2400:2720] = False


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=40), st.booleans())
def test_pieces_of_any_length_give_the_same_tones_bit_for_bit(lengths: list[int], lossy: bool) -> None:
    received = _LOST if lossy else np.ones(len(_DIALLED), np.bool_)
    whole = DtmfDetector()
    expected = whole.feed(_DIALLED, received)
    detector, found = DtmfDetector(), []
    cuts = np.clip(np.cumsum(lengths), 0, len(_DIALLED))
    for first, end in zip([0, *cuts], [*cuts, len(_DIALLED)], strict=True):
        found += detector.feed(_DIALLED[first:end], received[first:end])
    assert found == expected
    assert detector.flush() == whole.flush()
    assert len(expected) >= 3


def test_minutes_fed_at_once_need_little_room() -> None:
    pcm = np.zeros(240 * 8000, np.int16)
    pcm[-4000:-3200] = press("4", 0.1)[:800]
    detector = DtmfDetector()
    tracemalloc.start()
    found = detector.feed(pcm)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2_000_000
    assert [tone.symbol for tone in found] == ["4"]


def test_sample_by_sample_is_as_good_as_any() -> None:
    pcm = chunk(press("9", 0.05))
    detector = DtmfDetector()
    found = [tone for n in range(len(pcm)) for tone in detector.feed(pcm[n : n + 1])]
    assert found == listen(pcm)
    assert len(found) == 1


@pytest.mark.parametrize("off", [(0.015, 0.015), (-0.015, -0.015), (0.015, -0.015), (-0.018, 0.018)])
@pytest.mark.parametrize("twist_db", [4.0, 0.0, -8.0])
def test_frequencies_within_1_8_percent_are_accepted(off: tuple[float, float], twist_db: float) -> None:
    assert share_heard(off=off, twist_db=twist_db) == 1.0


@pytest.mark.parametrize(
    "off", [(0.035, 0.0), (0.0, 0.035), (-0.035, 0.0), (0.0, -0.035), (0.03, 0.03), (-0.03, -0.03)]
)
def test_one_frequency_3_percent_off_is_enough_to_reject(off: tuple[float, float]) -> None:
    assert share_heard(duration_s=0.1, off=off) == 0.0


@pytest.mark.parametrize("twist_db", [4.0, 5.0, -8.0, -9.0])
def test_twist_of_plus_4_to_minus_8_db_and_a_decibel_more_is_accepted_in_40_ms(twist_db: float) -> None:
    assert share_heard(0.04, twist_db=twist_db) == 1.0


@pytest.mark.parametrize("twist_db", [9.0, -13.0])
def test_more_twist_than_a_line_makes_is_rejected(twist_db: float) -> None:
    assert share_heard(twist_db=twist_db) == 0.0


@pytest.mark.parametrize("dbm0", [0.0, -3.0, -25.0, -50.0])
def test_levels_from_0_to_minus_25_dbm0_and_25_db_less_are_accepted(dbm0: float) -> None:
    assert share_heard(0.04, dbm0=dbm0) == 1.0


def test_a_level_of_minus_55_dbm0_is_rejected() -> None:
    assert share_heard(0.1, dbm0=-55.0) == 0.0


def test_40_ms_are_accepted_and_23_ms_are_not() -> None:
    assert share_heard(0.04) == 1.0
    assert share_heard(0.023) == 0.0


@pytest.mark.parametrize("noise_db", [15.0, 5.0])
def test_noise_15_db_down_changes_nothing_nor_does_noise_of_5(noise_db: float) -> None:
    assert share_heard(0.05, noise_db=noise_db) == 1.0


def test_100_ms_are_heard_in_noise_as_loud_as_they_are() -> None:
    assert share_heard(0.1, noise_db=-3.0) > 0.98  # below one tone, of two


def test_a_pause_of_40_ms_separates_two_presses_of_one_key() -> None:
    assert all(heard(chunk(press("5"), 0.04, press("5"), lead=800 + shift)) == "55" for shift in range(0, 64, 3))


def test_a_pause_of_30_ms_does_too() -> None:
    assert all(heard(chunk(press("5"), 0.03, press("5"), lead=800 + shift)) == "55" for shift in range(0, 64, 3))


def test_two_keys_without_a_pause_are_two() -> None:
    for shift in range(0, 64, 3):
        found = listen(chunk(press("1", phase=shift), press("9", phase=3), lead=800 + shift))
        assert [tone.symbol for tone in found] == ["1", "9"]
        assert found[1].start_s == pytest.approx((800 + shift) / 8000 + 0.05, abs=0.003)


def test_an_echo_is_not_another_press() -> None:
    for delay_s in (0.02, 0.06, 0.1):
        pcm = chunk(press("4", 0.1), 0.2)
        late = np.concatenate([np.zeros(round(delay_s * 8000)), pcm])[: len(pcm)]
        assert heard((pcm + late / 6).astype(np.int16)) == "4"


@pytest.mark.parametrize("gap_s", [0.002, 0.005, 0.01])
def test_an_interruption_of_10_ms_is_bridged(gap_s: float) -> None:
    found = [listen(chunk(press("8", 0.06), gap_s, press("8", 0.06), lead=800 + s)) for s in range(0, 64, 3)]
    assert all(len(tones) == 1 and tones[0].duration_s == pytest.approx(0.12 + gap_s, abs=0.006) for tones in found)


def test_93_ms_a_digit_is_slow_enough() -> None:
    number = "0123456789*#ABCD"
    parts = [part for key in number for part in (press(key, 0.05), 0.043)]
    assert heard(chunk(*parts)) == number


def test_one_tone_of_the_pair_is_no_key() -> None:
    t = np.arange(1600) / 8000
    assert heard(chunk(4000 * np.sin(2 * np.pi * 697 * t))) == ""
    assert heard(chunk(4000 * np.sin(2 * np.pi * 1209 * t))) == ""


def test_two_rows_at_once_are_no_key() -> None:
    assert heard(chunk(press("1", 0.1) + press("7", 0.1))) == ""


def lossy(fill: str, packet: int, key: str = "6", duration_s: float = 0.05) -> tuple[np.ndarray, np.ndarray]:
    """Return a press from sample 800 on with one packet of 20 ms lost, and what was received."""
    pcm = chunk(press(key, duration_s, phase=packet))
    received = np.ones(len(pcm), np.bool_)
    lost = slice(packet * 160, packet * 160 + 160)
    received[lost] = False
    pcm[lost] = 0 if fill == "zeros" else pcm[packet * 160 - 160 : packet * 160]
    return pcm, received


@pytest.mark.parametrize("packet", [5, 6, 7])
@pytest.mark.parametrize("fill", ["zeros", "repetition"])
def test_a_digit_that_lost_one_of_its_packets_is_one_digit(fill: str, packet: int) -> None:
    for key in KEYS:
        pcm, received = lossy(fill, packet, key)
        (tone,) = listen(pcm, received)
        assert tone.symbol == key
        assert tone.duration_s == pytest.approx(0.05, abs=0.011)  # what was lost at its end counts to it


@pytest.mark.parametrize("fill", ["zeros", "repetition"])
def test_a_lost_packet_inside_a_digit_is_noticed_where_nobody_told(fill: str) -> None:
    assert all(heard(lossy(fill, 6, key)[0]) == key for key in KEYS)


def test_what_stands_at_lost_samples_does_not_matter() -> None:
    zeros, received = lossy("zeros", 6)
    repeated, _ = lossy("repetition", 6)
    assert listen(zeros, received) == listen(repeated, received)


def test_silence_of_two_packets_is_a_pause_and_no_loss() -> None:
    assert heard(chunk(press("2", 0.06), 0.04, press("2", 0.06))) == "22"


NOTHING = {
    "silence": np.zeros(16000, np.int16),
    "direct current": np.full(16000, 32767, np.int16),
    "least value": np.full(16000, -32768, np.int16),
    "square wave": np.where(np.arange(16000) // 5 % 2, 32767, -32768).astype(np.int16),
    "full-scale noise": np.random.default_rng(1).integers(-32768, 32768, 160000).astype(np.int16),
    "faint noise": np.random.default_rng(2).integers(-3, 4, 160000).astype(np.int16),
    "idle codes of A-law": np.where(np.random.default_rng(3).random(16000) < 0.5, 8, -8).astype(np.int16),
    "a click": np.where(np.arange(16000) == 8000, 32767, 0).astype(np.int16),
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_heard_where_nobody_dials(name: str) -> None:
    assert heard(NOTHING[name]) == ""


@settings(deadline=None, max_examples=30)
@given(st.binary(max_size=6000), st.integers(0, 2**32 - 1))
def test_any_samples_with_any_losses_give_tones_that_make_sense(noise: bytes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pcm = np.frombuffer(noise[: len(noise) // 2 * 2], np.int16)
    for tone in listen(pcm, rng.random(len(pcm)) < 0.8):
        assert tone.symbol in KEYS
        assert 0 <= tone.start_s < tone.known_s <= len(pcm) / 8000
        assert tone.duration_s > 0
        assert np.isfinite([tone.level_dbm0, tone.twist_db, tone.frequency_error, tone.snr_db]).all()


@pytest.mark.parametrize("rate", [16000, 44100, 0, -8000])
def test_another_rate_is_refused_with_what_to_do(rate: int) -> None:
    with pytest.raises(ValueError, match="resample"):
        DtmfDetector(rate)


@pytest.mark.parametrize("pcm", [np.zeros(10), np.zeros((2, 10), np.int16), np.zeros(10, np.int32)])
def test_samples_of_another_kind_are_refused(pcm: np.ndarray) -> None:
    with pytest.raises(ValueError, match="int16"):
        DtmfDetector().feed(pcm)


@pytest.mark.parametrize("received", [np.ones(9, np.bool_), np.ones(10), np.ones((1, 10), np.bool_)])
def test_a_mask_of_another_kind_is_refused(received: np.ndarray) -> None:
    with pytest.raises(ValueError, match="received"):
        DtmfDetector().feed(np.zeros(10, np.int16), received)
