"""What unrelated calls share, or what is nothing, leaves no evidence; speech does, in noise too."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import fftconvolve, firwin, lfilter

from features.fingerprint import UNSHIFTED, fingerprint
from features.g711 import decode_pcmu, encode_pcmu

RATE = 8000
CHUNK = 17_024


def seconds(n: int = CHUNK) -> NDArray[np.float64]:
    return np.arange(n) / RATE


def as_pcm(signal: NDArray[np.float64]) -> NDArray[np.int16]:
    """Through mu-law, as a call carries it."""
    return decode_pcmu(encode_pcmu(np.clip(np.rint(signal), -32768, 32767).astype(np.int16)))


def sines(*hertz: float, amplitude: float = 5000.0, n: int = CHUNK) -> NDArray[np.float64]:
    return sum((amplitude * np.sin(2 * np.pi * f * seconds(n)) for f in hertz), np.zeros(n))


def keyed(low: float, high: float, baud: float) -> NDArray[np.float64]:
    """Frequency shift keying of random bits."""
    bits = np.random.default_rng(6).integers(0, 2, int(CHUNK / RATE * baud) + 1)
    hertz = np.where(bits[(seconds() * baud).astype(int)] == 1, low, high)
    return 5000 * np.sin(2 * np.pi * np.cumsum(hertz) / RATE)


def phased() -> NDArray[np.float64]:
    """Eight random phases of 1,700 Hz, 2,400 a second, as V.29 has them; the first 0.8 s are silent."""
    impulses = np.zeros(CHUNK, np.complex128)
    places = np.arange(0, CHUNK, RATE / 2400).astype(int)
    impulses[places] = np.exp(0.25j * np.pi * np.random.default_rng(7).integers(0, 8, len(places)))
    signal = fftconvolve(impulses, firwin(101, 1200, fs=RATE), mode="same") * np.exp(2j * np.pi * 1700 * seconds())
    return np.where(seconds() < 0.8, 0.0, 15_000 * signal.real)


def noise(level: float, seed: int = 3, colour: float = 0.0, n: int = CHUNK) -> NDArray[np.float64]:
    """Stationary; the nearer `colour` is to 1, the more of it is low."""
    shaped = lfilter([1.0], [1.0, -colour], np.random.default_rng(seed).standard_normal(n))
    return np.asarray(level * shaped / shaped.std(), np.float64)


def syllables(n: int = CHUNK, seed: int = 8) -> NDArray[np.float64]:
    """Harmonic sounds of 80 to 250 ms, each of another pitch and colour, with gaps: as uneven as speech is."""
    rng = np.random.default_rng(seed)
    out, at = np.zeros(n), 0
    while at < n:
        long = min(int(rng.uniform(0.08, 0.25) * RATE), n - at)
        time = np.arange(long) / RATE
        pitch = rng.uniform(100, 220) * (1 + rng.uniform(-0.3, 0.3) * time)
        formants = rng.uniform([300, 900, 2000], [800, 1900, 3100])
        for k in range(1, 30):
            tilt = np.exp(-0.5 * ((k * pitch[0] - formants[:, None]) / 120) ** 2).sum()
            out[at : at + long] += tilt * np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE) * np.hanning(long)
        at += long + int(rng.uniform(0.0, 0.08) * RATE)
    return np.asarray(2500 * out / out.std(), np.float64)


@pytest.mark.parametrize(
    "signal",
    [
        pytest.param(np.zeros(CHUNK), id="silence"),
        pytest.param(sines(425), id="dial tone"),
        pytest.param(sines(425) * (seconds() % 1 < 0.5), id="busy"),
        pytest.param(sines(440, 480) * (seconds() % 6 < 1.2), id="ring-back"),
        pytest.param(sines(770, 1336) * (seconds() % 0.2 < 0.1), id="digits"),
        pytest.param(sines(1400, amplitude=9000) * (seconds() % 1 < 0.25), id="beeps"),
        pytest.param(keyed(1650, 1850, 300), id="V.21"),
        pytest.param(keyed(1070, 1270, 300) * (seconds() < 0.7), id="Bell 103, short"),
        pytest.param(phased(), id="V.29"),
        pytest.param(np.where(np.arange(CHUNK) % 5 == 0, 8.0, 0.0), id="idle codes"),
        pytest.param(np.random.default_rng(1).standard_normal(CHUNK) * 10, id="dead air"),
        pytest.param(noise(300, colour=0.5), id="comfort noise"),
    ],
)
def test_what_unrelated_calls_share_leaves_neither_peaks_nor_words(signal: NDArray[np.float64]) -> None:
    taken = fingerprint(as_pcm(signal))

    assert len(taken.peaks) == 0
    assert not taken.words.any()


def test_a_minute_of_one_tone_leaves_nothing() -> None:
    taken = fingerprint(as_pcm(sines(1004, n=60 * RATE)))

    assert len(taken.peaks) == 0
    assert not taken.words.any()


@pytest.mark.parametrize("colour", [0.0, 0.7, 0.95])
@pytest.mark.parametrize("level", [100.0, 1000.0, 6000.0])
def test_stationary_noise_leaves_next_to_nothing(level: float, colour: float) -> None:
    prints = [fingerprint(as_pcm(noise(level, seed, colour))) for seed in range(10)]

    assert np.mean([len(taken.peaks) for taken in prints]) <= 1.5
    assert np.mean([(taken.words[UNSHIFTED] != 0).mean() for taken in prints]) <= 0.1


@pytest.mark.parametrize("snr_db", [20, 10, 5])
def test_speech_in_noise_keeps_its_words(snr_db: int) -> None:
    voice = syllables()
    heard = voice + noise(voice.std() * 10 ** (-snr_db / 20))

    words = fingerprint(as_pcm(heard)).words[UNSHIFTED]

    assert (words[1:-1] != 0).mean() >= 0.8


def test_what_was_not_received_leaves_nothing() -> None:
    pcm = as_pcm(syllables())
    received = seconds() < 1.2

    taken = fingerprint(pcm, received)

    lost_from = int((1.2 - 0.75 * 0.128) * RATE / 128) + 1
    assert len(taken.peaks) >= 10
    assert (taken.peaks[:, 0] < lost_from).all()
    assert not taken.words[:, lost_from:].any()
    assert len(fingerprint(pcm, np.zeros(CHUNK, np.bool_)).peaks) == 0


def test_digits_over_a_voice_take_only_their_own_frames() -> None:
    voice = syllables()
    loud = np.where((seconds() > 0.8) & (seconds() < 1.3), sines(770, 1336, amplitude=9000), 0.0)

    with_digit = fingerprint(as_pcm(voice + loud)).words[UNSHIFTED]

    assert not with_digit[56:70].any()  # windows that lie within the digit
    assert (with_digit[2:35] != 0).mean() >= 0.8
