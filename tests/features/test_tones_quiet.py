"""What is too quiet for any tone is not searched, and nothing is missed for it."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import features.tones
from features import dtmf
from features.goertzel import SAMPLE_RATE
from features.tone_table import TONES, V21_FREQUENCIES
from features.tones import Tone, detect_tones

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data")).resolve()
FREQUENCIES = [spec.frequencies for spec in TONES] + [(r, c) for r in dtmf.ROWS for c in dtmf.COLUMNS]


def searched(pcm: np.ndarray, lead_in: int = 0) -> list[Tone]:
    """Tones found without the short cut."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(features.tones, "_too_quiet", lambda energies, least_power: False)
        return detect_tones(pcm, lead_in)


def taken(pcm: np.ndarray) -> bool:
    energies = features.tones.block_energies(pcm)
    return features.tones._too_quiet(energies, features.tones._power(-40.0, 6.22))


def sounding(frequencies: tuple[float, ...], dbm0: float, rng: np.random.Generator) -> np.ndarray:
    time = np.arange(16000) / SAMPLE_RATE
    amplitude = 32768 * np.sqrt(2) * 10 ** ((dbm0 - 6.22) / 20)
    tone = sum(amplitude * np.sin(2 * np.pi * f * (1 + rng.uniform(-0.02, 0.02)) * time) for f in frequencies)
    on = np.repeat(rng.random(40) < 0.7, 400) if rng.random() < 0.5 else np.ones(16000, bool)
    return np.round(tone * on + rng.normal(0, rng.uniform(0, 30), 16000)).astype(np.int16)


@settings(deadline=None, max_examples=10)
@given(st.sampled_from([*FREQUENCIES, V21_FREQUENCIES[:1]]), st.floats(-56.0, -38.0), st.integers(0, 10**6))
def test_tones_about_the_least_level_are_found_as_without_the_short_cut(
    frequencies: tuple[float, ...], dbm0: float, seed: int
):
    pcm = sounding(frequencies, dbm0, np.random.default_rng(seed))
    assert detect_tones(pcm, 0) == searched(pcm)


def test_the_short_cut_is_taken_in_dead_air_and_not_where_a_tone_sounds():
    rng = np.random.default_rng(1)
    assert taken(np.zeros(16000, np.int16))
    assert taken(np.round(rng.normal(0, 16, 16000)).astype(np.int16))  # -66 dBFS
    assert not taken(sounding((1100.0,), -40.0, rng))


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="no recordings: CALLSIEVE_DATA is not a directory")
def test_recorded_calls_have_the_tones_that_they_had():
    quiet = chunks = 0
    for folder in ("dead_air", "speech_calls", "client_tones", "fax"):
        for file in sorted((DATA / folder).glob("*.flac"))[::6]:
            audio = soundfile.read(file, dtype="int16", always_2d=True, frames=160_000)[0][:, 0]
            for start in range(0, audio.size - 16000, 16000):
                pcm = np.ascontiguousarray(audio[start : start + 16000])
                chunks += 1
                if taken(pcm):
                    quiet += 1
                    assert searched(pcm) == []
    assert chunks > 100
    assert quiet > 10
