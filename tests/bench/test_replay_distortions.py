"""What is done to a recording before it is heard again."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.replay.distortions import DISTORTIONS, Company, Distorted, Distortion, named
from bench.replay.distortions.kind import under
from bench.replay.distortions.stretch import at_pitch, at_tempo
from models.channel.codecs import CODECS

Pcm = NDArray[np.int16]
PYAV = ("AMR", "G.72", "Opus")  # in names of what needs it


def spoken(seed: int = 3, seconds: float = 2.0) -> Pcm:
    """Something like speech: harmonics whose pitch and loudness wander, and a pause."""
    rng = np.random.default_rng(seed)
    n = round(8000 * seconds)
    time = np.arange(n) / 8000.0
    pitch = 120.0 + 30.0 * np.interp(time, np.linspace(0.0, seconds, 10), rng.random(10))
    phase = 2.0 * np.pi * np.cumsum(pitch) / 8000.0
    loud = np.interp(time, np.linspace(0.0, seconds, 20), rng.random(20))
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    loud[n // 2 : 3 * n // 4] = 0.0
    return (4000.0 * loud * tone + rng.normal(0.0, 20.0, n)).astype(np.int16)


def done(distortion: Distortion, pcm: Pcm, seed: int = 1) -> Distorted:
    """What comes of a sound."""
    if any(word in distortion.name for word in PYAV):
        pytest.importorskip("av", reason="PyAV comes with callsieve[train]")
    return distortion.apply(np.random.default_rng(seed), pcm, Company([spoken(9), spoken(10)]))


def pitch_of(pcm: Pcm) -> float:
    """Strongest frequency, Hz."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    return float(np.argmax(spectrum) * 8000.0 / pcm.size)


def test_there_are_more_than_fifty_and_no_name_comes_twice() -> None:
    assert len(DISTORTIONS) >= 50
    assert len({distortion.name for distortion in DISTORTIONS}) == len(DISTORTIONS)
    assert len(CODECS) >= 6


@pytest.mark.parametrize("kind", sorted({distortion.kind for distortion in DISTORTIONS}))
def test_one_seed_gives_one_outcome_that_isnt_the_original_and_as_long_as_told(kind: str) -> None:
    pcm = spoken()
    for distortion in (each for each in DISTORTIONS if each.kind == kind):
        first, again = done(distortion, pcm), done(distortion, pcm)
        assert first.pcm.dtype == np.int16
        np.testing.assert_array_equal(first.pcm, again.pcm)
        assert first.pcm.size == pytest.approx(pcm.size / distortion.tempo, abs=130)
        assert kind == "clean" or not np.array_equal(first.pcm[: pcm.size], pcm[: first.pcm.size])


def test_what_is_lost_is_zero_and_told() -> None:
    heard = done(named("loss 10 %"), spoken())
    assert heard.received is not None
    assert 0 < np.sum(~heard.received) < heard.pcm.size / 3
    assert not heard.pcm[~heard.received].any()


def test_noise_is_as_strong_as_its_ratio_says() -> None:
    pcm = spoken() // 4
    noise = under(pcm, np.random.default_rng(0).standard_normal(pcm.size), 6.0).astype(np.float64) - pcm
    ratio = 10.0 * np.log10(np.mean(pcm.astype(np.float64) ** 2) / np.mean(noise**2))
    assert ratio == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize("tempo", [0.9, 1.05])
def test_another_tempo_keeps_the_pitch(tempo: float) -> None:
    tone = (8000.0 * np.sin(2.0 * np.pi * 440.0 * np.arange(16000) / 8000.0)).astype(np.int16)
    faster = at_tempo(tone, tempo)
    assert faster.size == round(tone.size / tempo)
    assert pitch_of(faster) == pytest.approx(440.0, rel=0.005)


def test_another_pitch_keeps_the_length() -> None:
    tone = (8000.0 * np.sin(2.0 * np.pi * 440.0 * np.arange(16000) / 8000.0)).astype(np.int16)
    higher = at_pitch(tone, 1.1)
    assert abs(higher.size - tone.size) < 16
    assert pitch_of(higher) == pytest.approx(484.0, rel=0.005)


def test_a_tempo_out_of_range_is_refused_and_so_is_company_of_nobody() -> None:
    with pytest.raises(ValueError, match=r"tempo is 0\.5 to 2"):
        at_tempo(spoken(), 3.0)
    with pytest.raises(ValueError, match="nobody is there"):
        Company([np.zeros(8000, np.int16)])
