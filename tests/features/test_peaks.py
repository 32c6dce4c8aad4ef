import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import fftconvolve, firwin

from features.g711 import decode_pcmu, encode_pcmu
from features.peaks import BINS, BINS_PER_OCTAVE, LOWEST_HZ, spectral_peaks

RATE = 8000
CHUNK = 17_024


def seconds(n: int = CHUNK) -> NDArray[np.float64]:
    return np.arange(n) / RATE


def as_pcm(signal: NDArray[np.float64]) -> NDArray[np.int16]:
    """Through mu-law, as a call carries it."""
    return decode_pcmu(encode_pcmu(np.clip(np.rint(signal), -32768, 32767).astype(np.int16)))


def sines(*hertz: float, amplitude: float = 5000.0, n: int = CHUNK) -> NDArray[np.float64]:
    return sum((amplitude * np.sin(2 * np.pi * f * seconds(n)) for f in hertz), np.zeros(n))


def pulses(places: list[tuple[float, float]], n: int = CHUNK) -> NDArray[np.int16]:
    """Short sounds (Gaussian, 20 ms) at given seconds and frequencies over faint noise."""
    time = seconds(n)
    out = np.random.default_rng(5).standard_normal(n) * 20
    for at, hertz in places:
        out += 6000 * np.exp(-0.5 * ((time - at) / 0.02) ** 2) * np.sin(2 * np.pi * hertz * time)
    return as_pcm(out)


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


def test_a_short_sound_is_one_peak_at_its_time_and_frequency() -> None:
    # two apart in frequency and near in time, since a lone line would pass for a tone
    peaks = spectral_peaks(pulses([(0.8, 500.0), (0.8, 1000.0), (0.8, 2000.0)]))

    expected_bins = [round(BINS_PER_OCTAVE * np.log2(f / LOWEST_HZ)) for f in (500.0, 1000.0, 2000.0)]
    assert len(peaks) == 3
    assert np.abs(np.sort(peaks[:, 1]) - expected_bins).max() <= 2
    assert np.abs(peaks[:, 0] * 0.004 + 0.064 - 0.8).max() <= 0.004


def test_peaks_stay_where_they_are_when_the_audio_begins_between_two_hops() -> None:
    places = [(0.3 + 0.21 * i, f) for i in range(7) for f in (400.0 + 130 * i, 900.0 + 210 * i, 2300.0 + 110 * i)]
    one = pulses(places)
    moved = np.concatenate([np.zeros(64, np.int16), one])[:CHUNK]

    first, second = spectral_peaks(one), spectral_peaks(moved)

    near = [(np.abs(second - (tick + 2, place)).max(axis=1) <= 1).any() for tick, place in first]
    assert len(first) >= 20
    assert np.mean(near) >= 0.95


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
    ],
)
def test_what_unrelated_calls_share_leaves_no_peak(signal: NDArray[np.float64]) -> None:
    assert len(spectral_peaks(as_pcm(signal))) == 0


def test_tones_in_line_noise_leave_too_little_for_a_landmark() -> None:
    noise = np.random.default_rng(2).standard_normal(CHUNK) * 100

    assert len(spectral_peaks(as_pcm(noise + sines(770, 1336) * (seconds() % 0.2 < 0.1)))) < 3


@pytest.mark.parametrize("level", [100.0, 1000.0, 6000.0])
def test_stationary_noise_leaves_next_to_nothing(level: float) -> None:
    rng = np.random.default_rng(3)

    counts = [len(spectral_peaks(as_pcm(rng.standard_normal(CHUNK) * level))) for _ in range(20)]

    assert np.mean(counts) <= 1.5


def test_what_was_not_received_leaves_nothing() -> None:
    pcm = pulses([(at, hertz) for at in (0.5, 1.5) for hertz in (600.0, 1200.0, 2100.0)])
    received = seconds() < 1.2

    peaks = spectral_peaks(pcm, received)

    assert len(peaks) == 3
    assert (peaks[:, 0] * 0.004 + 0.064 < 1.2).all()
    assert len(spectral_peaks(pcm, np.zeros(CHUNK, np.bool_))) == 0


def test_the_density_is_bounded_and_the_order_is_by_time() -> None:
    rng = np.random.default_rng(4)
    places = [(rng.uniform(0.1, 2.0), rng.uniform(300, 3400)) for _ in range(400)]

    peaks = spectral_peaks(pulses(places), per_second=20)

    assert 10 <= len(peaks) <= 20 * CHUNK / RATE + 10
    assert (np.diff(peaks[:, 0]) >= 0).all()
    assert peaks[:, 1].min() >= 0
    assert peaks[:, 1].max() < BINS
    assert peaks.dtype == np.int32


@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1151, 1152])
def test_audio_of_any_length_is_taken(n: int) -> None:
    assert spectral_peaks(np.full(n, 1000, np.int16)).shape[1] == 2


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(TypeError, match="int16"):
        spectral_peaks(np.zeros(2000, np.float32))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="mask"):
        spectral_peaks(np.zeros(2000, np.int16), np.ones(1999, np.bool_))
    with pytest.raises(ValueError, match="per_second"):
        spectral_peaks(np.zeros(2000, np.int16), per_second=0)
