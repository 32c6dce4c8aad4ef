"""DTMF in one chunk, by the clauses of ITU-T Q.24."""

import numpy as np
import pytest

from features.dtmf import COLUMNS, KEYS, ROWS
from features.tones import Tone, detect_tones

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


def heard(pcm: np.ndarray) -> str:
    return "".join(tone.symbol for tone in detect_tones(pcm, 0))


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
    (tone,) = detect_tones(chunk(press(key, 0.1, twist_db=-3.0, off=(0.01, 0.0))), 0)
    assert isinstance(tone, Tone)
    assert tone.symbol == key
    assert tone.start_s == pytest.approx(0.1, abs=0.004)
    assert tone.duration_s == pytest.approx(0.1, abs=0.006)
    assert tone.twist_db == pytest.approx(-3.0, abs=0.3)
    assert tone.level_dbm0 == pytest.approx(-10 + 10 * np.log10(1 + 10**-0.3), abs=0.2)
    assert tone.frequency_error == pytest.approx(0.01, abs=0.002)
    assert tone.snr_db > 20
    assert not tone.continued
    assert not tone.continues


@pytest.mark.parametrize("off", [(0.015, 0.015), (-0.015, -0.015), (0.015, -0.015), (-0.018, 0.018)])
@pytest.mark.parametrize("twist_db", [4.0, 0.0, -8.0])
def test_frequencies_within_1_8_percent_are_accepted(off: tuple[float, float], twist_db: float) -> None:
    assert share_heard(off=off, twist_db=twist_db) == 1.0


@pytest.mark.parametrize(
    "off", [(0.035, 0.0), (0.0, 0.035), (-0.035, 0.0), (0.0, -0.035), (0.03, 0.03), (-0.03, -0.03)]
)
def test_one_frequency_3_percent_off_is_enough_to_reject(off: tuple[float, float]) -> None:
    assert share_heard(duration_s=0.1, off=off) == 0.0


@pytest.mark.parametrize("twist_db", [4.0, -8.0])
def test_twist_of_plus_4_and_minus_8_db_is_accepted_in_40_ms(twist_db: float) -> None:
    assert share_heard(0.04, twist_db=twist_db) == 1.0


@pytest.mark.parametrize("twist_db", [9.0, -13.0])
def test_more_twist_than_a_line_makes_is_rejected(twist_db: float) -> None:
    assert share_heard(twist_db=twist_db) == 0.0


@pytest.mark.parametrize("dbm0", [0.0, -3.0, -25.0, -30.0])
def test_levels_from_0_to_minus_25_dbm0_are_accepted(dbm0: float) -> None:
    assert share_heard(0.04, dbm0=dbm0) == 1.0


def test_a_level_of_minus_55_dbm0_is_rejected() -> None:
    assert share_heard(0.1, dbm0=-55.0) == 0.0


def test_40_ms_are_accepted_and_23_ms_are_not() -> None:
    assert share_heard(0.04) == 1.0
    assert share_heard(0.023) == 0.0


def test_noise_15_db_down_changes_nothing() -> None:
    assert share_heard(0.05, noise_db=15.0) == 1.0


def test_a_pause_of_40_ms_separates_two_presses_of_one_key() -> None:
    assert all(heard(chunk(press("5"), 0.04, press("5"), lead=800 + shift)) == "55" for shift in range(0, 64, 3))


@pytest.mark.parametrize("gap_s", [0.002, 0.005, 0.01])
def test_an_interruption_of_10_ms_is_bridged(gap_s: float) -> None:
    found = [detect_tones(chunk(press("8", 0.06), gap_s, press("8", 0.06), lead=800 + s), 0) for s in range(0, 64, 3)]
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
