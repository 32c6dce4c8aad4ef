"""Tones other than DTMF in one chunk, and what must not be taken for a tone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from features.tones import Tone, detect_tones


def sound(seconds: float, *frequencies: float, dbm0: float = -13.0) -> np.ndarray:
    """Return a sum of sines, each of that level."""
    t = np.arange(round(seconds * 8000)) / 8000
    peak = 32768 * 10 ** ((dbm0 - 6.22) / 20) * np.sqrt(2)
    return peak * sum((np.sin(2 * np.pi * f * t + i) for i, f in enumerate(frequencies)), np.zeros(len(t)))


def chunk(*parts: np.ndarray | float, noise: float = 0.0) -> np.ndarray:
    """Return a chunk of two seconds at most; parts are sounds or seconds of silence, noise an rms in sample units."""
    sounds = [np.zeros(round(p * 8000)) if isinstance(p, float) else p for p in parts]
    audio = np.concatenate([*sounds, np.zeros(16000)])[:16000]
    audio = audio + np.random.default_rng(0).normal(scale=noise, size=16000)
    return np.clip(np.round(audio), -32768, 32767).astype(np.int16)


def cadence(on_s: float, off_s: float, *frequencies: float) -> np.ndarray:
    cycle = np.concatenate([sound(on_s, *frequencies), np.zeros(round(off_s * 8000))])
    return np.tile(cycle, 1 + 16000 // len(cycle))


def heard(pcm: np.ndarray) -> list[str]:
    return [tone.symbol for tone in detect_tones(pcm, 0)]


@pytest.mark.parametrize(
    ("symbol", "pair", "on_s", "off_s"),
    [
        ("busy", (480.0, 620.0), 0.5, 0.5),
        ("reorder", (480.0, 620.0), 0.25, 0.25),
        ("ringback", (440.0, 480.0), 2.0, 4.0),
        ("dial", (350.0, 440.0), 2.0, 0.0),
        ("busy", (425.0,), 0.48, 0.48),
        ("busy", (425.0,), 0.2, 0.2),
        ("busy", (400.0,), 0.375, 0.375),
        ("busy", (440.0,), 0.5, 0.5),
        ("ringback", (425.0,), 1.0, 4.0),
        ("ringback", (440.0,), 1.5, 3.5),
    ],
)
@pytest.mark.parametrize("noise", [0.0, 300.0])
def test_call_progress_tones_get_their_names(
    symbol: str, pair: tuple[float, ...], on_s: float, off_s: float, noise: float
) -> None:
    found = heard(chunk(0.1, cadence(on_s, off_s, *pair), noise=noise))
    assert set(found) == {symbol}
    assert len(found) == len(np.arange(0.1, 1.91, on_s + off_s))  # 0.1 s are enough of one


def test_a_pair_is_measured() -> None:
    (tone,) = detect_tones(chunk(0.3, sound(0.5, 480.0, dbm0=-20.0) + sound(0.5, 620.0, dbm0=-23.0)), 0)
    assert tone.level_dbm0 == pytest.approx(-20 + 10 * np.log10(1 + 10**-0.3), abs=0.2)
    assert tone.twist_db == pytest.approx(-3.0, abs=0.2)
    assert tone.start_s == pytest.approx(0.3, abs=0.01)
    assert tone.duration_s == pytest.approx(0.5, abs=0.02)


def test_the_offset_of_a_law_shifts_the_level() -> None:
    pcm = chunk(0.3, sound(0.5, 1100.0))
    (mu_law,), (a_law,) = detect_tones(pcm, 0), detect_tones(pcm, 0, dbm0_offset=6.15)
    assert mu_law.level_dbm0 == pytest.approx(-13.0, abs=0.1)
    assert mu_law.level_dbm0 - a_law.level_dbm0 == pytest.approx(0.07)


@pytest.mark.parametrize("frequency", [1062.0, 1100.0, 1138.0])
@pytest.mark.parametrize("seconds", [0.425, 0.5, 0.575])
def test_cng_is_found_within_t30s_tolerances(frequency: float, seconds: float) -> None:
    (tone,) = detect_tones(chunk(0.4, sound(seconds, frequency)), 0)
    assert tone.symbol == "cng"
    assert tone.start_s == pytest.approx(0.4, abs=0.01)
    assert tone.duration_s == pytest.approx(seconds, abs=0.02)
    assert tone.frequency_error == pytest.approx(abs(frequency - 1100) / 1100, abs=0.001)
    assert tone.twist_db == 0.0


@pytest.mark.parametrize(("frequency", "seconds"), [(1100.0, 0.25), (1100.0, 1.0), (1000.0, 0.5), (1200.0, 0.5)])
def test_what_is_not_as_long_or_not_as_high_is_no_cng(frequency: float, seconds: float) -> None:
    assert heard(chunk(0.4, sound(seconds, frequency))) == ["beep"]


@pytest.mark.parametrize("frequency", [2085.0, 2100.0, 2115.0])
@pytest.mark.parametrize(
    ("symbol", "depth", "turns"),
    [("ced", 0.0, False), ("ans_pr", 0.0, True), ("ansam", 0.2, False), ("ansam_pr", 0.2, True)],
)
@pytest.mark.parametrize("noise", [0.0, 300.0])
def test_answer_tones_are_told_plain_modulated_and_reversed(
    symbol: str, depth: float, turns: bool, frequency: float, noise: float
) -> None:
    modulation = 1 + depth * np.sin(2 * np.pi * 15 * np.arange(12000) / 8000)
    reversals = np.where(np.arange(12000) // 3600 % 2, -1, 1) if turns else 1
    (tone,) = detect_tones(chunk(0.2, sound(1.5, frequency) * modulation * reversals, noise=noise), 0)
    assert tone.symbol == symbol
    assert tone.duration_s == pytest.approx(1.5, abs=0.03)


@pytest.mark.parametrize("frequency", [2070.0, 2130.0, 2190.0])
def test_a_neighbour_of_the_answer_tone_is_none(frequency: float) -> None:
    assert heard(chunk(0.2, sound(1.5, frequency))) == []


@pytest.mark.parametrize("frequency", [2225.0, 2250.0])
def test_what_modems_answer_with_is_told(frequency: float) -> None:
    assert heard(chunk(0.2, sound(1.5, frequency))) == ["modem"]


def test_the_test_tone_is_long_and_a_beep_of_its_frequency_is_not() -> None:
    assert heard(chunk(0.2, sound(1.5, 1004.0))) == ["test"]
    assert heard(chunk(0.2, sound(0.5, 1004.0))) == ["beep"]


@pytest.mark.parametrize("seconds", [0.1, 0.4, 1.0])
@pytest.mark.parametrize("frequency", [500.0, 1336.0, 1950.0])
def test_one_tone_with_silence_around_it_is_a_beep(frequency: float, seconds: float) -> None:
    (tone,) = detect_tones(chunk(0.3, sound(seconds, frequency)), 0)
    assert tone.symbol == "beep"
    assert tone.duration_s == pytest.approx(seconds, abs=0.01)


def test_what_comes_again_or_wavers_or_has_overtones_is_no_beep() -> None:
    again = np.concatenate([sound(0.3, 800.0), np.zeros(2400)])
    assert heard(chunk(0.1, again, again)) == []
    t = np.arange(4000) / 8000
    assert heard(chunk(0.3, 3000 * np.sin(2 * np.pi * (800 * t + 20 * t**2)))) == []
    assert heard(chunk(0.3, sound(0.5, 800.0) + sound(0.5, 1600.0, dbm0=-26.0))) == []


def test_v21_flags_are_found() -> None:
    bits = np.tile([0, 1, 1, 1, 1, 1, 1, 0], 40)  # 1.07 s of HDLC flags at 300 bit/s
    which = bits[(np.arange(len(bits) * 80 // 3) * 3 // 80)]
    phase = np.cumsum(2 * np.pi * np.where(which, 1650, 1850) / 8000)
    (tone,) = detect_tones(chunk(0.3, 4000 * np.sin(phase)), 0)
    assert tone.symbol == "v21"
    assert tone.start_s == pytest.approx(0.3, abs=0.03)
    assert tone.duration_s == pytest.approx(1.07, abs=0.05)


@pytest.mark.parametrize("frequency", [1650.0, 1750.0, 1850.0])
def test_a_steady_tone_in_its_band_is_no_v21(frequency: float) -> None:
    assert "v21" not in heard(chunk(0.3, sound(1.0, frequency)))


@pytest.mark.parametrize(
    "tones",
    [
        ((913.8, 0.276), (1370.6, 0.276), (1776.7, 0.38)),
        ((985.2, 0.38), (1428.5, 0.38), (1776.7, 0.38)),
        ((950.0, 0.33), (1400.0, 0.33), (1800.0, 0.33)),
    ],
)
def test_special_information_tones_are_one_tone(tones: tuple[tuple[float, float], ...]) -> None:
    (tone,) = detect_tones(chunk(0.3, *(sound(s, f) for f, s in tones)), 0)
    assert tone.symbol == "sit"
    assert tone.duration_s == pytest.approx(sum(s for _, s in tones), abs=0.03)


def test_a_digit_and_a_fax_tone_in_one_chunk_are_both_heard_in_order() -> None:
    assert heard(chunk(0.2, sound(0.1, 770.0, 1336.0), 0.3, sound(0.5, 1100.0))) == ["5", "cng"]


NOTHING = {
    "empty": np.zeros(0),
    "one sample": np.full(1, 32767),
    "silence": np.zeros(16000),
    "direct current": np.full(16000, 12000),
    "full-scale direct current": np.full(16000, -32768),
    "full-scale noise": np.random.default_rng(3).integers(-32768, 32768, 16000),
    "a click": np.eye(1, 16000, 8000)[0] * 32767,
    **{
        f"full-scale square wave of {f} Hz": 32767 * np.sign(np.sin(2 * np.pi * (f * np.arange(16000) + 0.5) / 8000))
        for f in (425, 440, 697, 950, 1100, 2100)
    },
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_no_tone_gives_none(name: str) -> None:
    assert detect_tones(NOTHING[name].astype(np.int16), 0) == []


@pytest.mark.parametrize("lead_in", [1, 31, 100, 1024])
def test_any_lead_in_is_taken_and_only_the_chunk_reported(lead_in: int) -> None:
    assert detect_tones(np.zeros(lead_in, dtype=np.int16), lead_in) == []
    pcm = np.concatenate([np.zeros(lead_in), sound(0.1), sound(0.1, 697.0, 1209.0), np.zeros(800)]).astype(np.int16)
    (tone,) = detect_tones(pcm, lead_in)
    assert tone.start_s == pytest.approx(0.1, abs=0.004)


def test_the_same_chunk_gives_the_same_tones() -> None:
    pcm = chunk(0.1, cadence(0.25, 0.25, 480.0, 620.0), noise=300.0)
    first: list[Tone] = detect_tones(pcm, 1024)
    assert first
    assert first == detect_tones(pcm.copy(), 1024)


@settings(max_examples=60, deadline=None)
@given(
    shape=hnp.arrays(np.int16, st.integers(1, 40)),
    times=st.integers(1, 500),
    lead_in=st.sampled_from([0, 1, 500, 1024]),
)
def test_whatever_is_heard_lies_in_the_chunk_with_finite_figures(shape: np.ndarray, times: int, lead_in: int) -> None:
    pcm = np.tile(shape, times)
    lead_in = min(lead_in, len(pcm))
    for tone in detect_tones(pcm, lead_in):
        assert -lead_in / 8000 <= tone.start_s
        assert 0 < tone.duration_s <= len(pcm) / 8000
        assert tone.start_s + tone.duration_s <= (len(pcm) - lead_in) / 8000 + 1e-9
        assert np.isfinite([tone.level_dbm0, tone.twist_db, tone.frequency_error, tone.snr_db]).all()


@pytest.mark.parametrize(
    ("pcm", "lead_in"),
    [
        (np.zeros(16000, dtype=np.float64), 0),
        (np.zeros(16000, dtype=np.uint8), 0),
        (np.zeros((2, 8000), dtype=np.int16), 0),
        (np.zeros(16000, dtype=np.int16), -1),
        (np.zeros(100, dtype=np.int16), 101),
    ],
)
def test_other_than_int16_or_an_impossible_lead_in_is_refused(pcm: np.ndarray, lead_in: int) -> None:
    with pytest.raises(ValueError, match=r"pcm must be|lead_in must be"):
        detect_tones(pcm, lead_in)
