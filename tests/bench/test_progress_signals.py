"""Signals as their Recommendations have them, and what conditions do to them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.progress.conditions import CLEAN, Condition, Heard, send
from bench.progress.national import KINDS, PLANS
from bench.progress.signals import SYMBOLS, Signal, signals
from bench.progress.sounds import RATE, Sound, keyed, modulated, reversed_every, sines, switched

ALL = [one for forms in signals().values() for one in forms]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def of(symbol: str, form: str) -> Signal:
    return next(one for one in signals()[symbol] if one.form == form)


def power(samples: NDArray[np.floating]) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))


def strongest(samples: NDArray[np.floating], count: int) -> list[float]:
    """Frequencies of the strongest bins, not counting neighbours of stronger ones, Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    found: list[float] = []
    for _ in range(count):
        place = int(np.argmax(spectrum))
        found.append(place * RATE / samples.size)
        spectrum[max(place - 8, 0) : place + 9] = 0
    return sorted(found)


def bursts(sound: Sound) -> list[float]:
    """Seconds on, off, on, off and so on."""
    edges = np.flatnonzero(np.diff(sound.on.astype(np.int8)))
    return [round(float(s), 3) for s in np.diff(np.concatenate([[-1], edges, [sound.on.size - 1]])) / RATE]


@pytest.mark.parametrize("signal", ALL, ids=lambda one: f"{one.symbol} {one.form}")
def test_a_signal_has_power_one_where_it_is_on_and_none_elsewhere(signal: Signal) -> None:
    sound = signal.make(rng(), 1.0)
    whole = sound.on if signal.form != "Australia" or signal.symbol != "reorder" else sound.on[:3000]
    inside = sound.samples[: whole.size][whole]
    assert power(inside) == pytest.approx(1.0, abs=0.06)
    quiet = sound.samples[~sound.on]
    assert power(quiet[np.abs(quiet) < 2]) < 0.01 if quiet.size else sound.on.all()


def test_every_country_has_four_tones_and_every_symbol_a_form() -> None:
    assert len(PLANS) == 9
    assert all(len(row) == len(KINDS) for row in PLANS.values())
    assert all(signals()[symbol] for symbol in SYMBOLS)


def test_frequencies_and_cadence_are_those_of_the_table() -> None:
    ringback = of("ringback", "UK").make(rng(), 1.0)
    assert bursts(ringback)[:5] == [0.4, 0.2, 0.4, 2.0, 0.4]
    busy = of("busy", "US, Canada").make(rng(), 1.01)
    assert strongest(busy.samples[:4000], 2) == pytest.approx([480 * 1.01, 620 * 1.01], abs=2.5)


def test_a_signal_that_two_lines_name_differently_has_both_names() -> None:
    assert of("busy", "Spain").right == of("reorder", "Italy").right == {"busy", "reorder"}
    assert of("busy", "Australia").right == {"busy"}
    assert of("reorder", "Spain").right == {"reorder"}


def test_every_other_burst_of_australias_reorder_is_ten_decibels_lower() -> None:
    sound = of("reorder", "Australia").make(rng(), 1.0)
    first, second = sound.samples[200:2800], sound.samples[6200:8800]
    assert 10 * np.log10(power(first) / power(second)) == pytest.approx(10.0, abs=0.2)


def test_modulation_swings_as_deep_as_asked_and_reversals_turn_the_phase() -> None:
    plain = sines(rng(), RATE, [2100.0])
    swung = modulated(rng(), plain, 15.0, 0.2)
    envelope = np.abs(swung).reshape(-1, 40).max(axis=1)
    assert envelope.max() / envelope.min() == pytest.approx(1.2 / 0.8, rel=0.03)
    turned = reversed_every(plain, 0.45)
    assert np.array_equal(turned[:3600], plain[:3600])
    assert np.array_equal(turned[3600:7200], -plain[3600:7200])


def test_keying_sends_its_bits_without_a_jump() -> None:
    samples = keyed(rng(), np.array([1, 1, 1, 0, 0, 0], np.uint8), 1650.0, 1850.0, 1 / 300)
    assert samples.size == 160
    assert np.abs(np.diff(samples)).max() < np.sqrt(2) * 2 * np.pi * 1850 / RATE
    assert strongest(samples[:80], 1)[0] < strongest(samples[80:], 1)[0]


def test_switching_repeats_its_cadence_to_the_end() -> None:
    sound = switched(np.ones(RATE, np.float32), (0.1, 0.2))
    assert bursts(sound) == [0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1]


def arrived(condition: Condition, symbol: str = "ced", form: str = "T.30") -> Heard:
    return send(rng(7), of(symbol, form), condition)


def test_noise_and_level_are_as_told() -> None:
    heard = arrived(Condition("x", snr_db=15, level_dbm0=-13))
    with_tone, without = power(heard.pcm[heard.on]), power(heard.pcm[~heard.on])
    assert 10 * np.log10((with_tone - without) / without) == pytest.approx(15, abs=0.3)
    clean = arrived(Condition("x", level_dbm0=-25))
    assert 10 * np.log10(power(clean.pcm[clean.on]) / 32768**2) + 6.22 == pytest.approx(-25, abs=0.1)


def test_an_answer_tone_is_never_further_off_than_its_recommendation_allows() -> None:
    heard = arrived(Condition("x", shift=0.01))
    assert strongest(heard.pcm[heard.on][:8000].astype(np.float64), 1)[0] == pytest.approx(2115, abs=1.5)


@pytest.mark.parametrize("concealed", [False, True])
def test_lost_packets_are_told_and_filled(concealed: bool) -> None:
    heard = arrived(Condition("x", loss=0.1, concealed=concealed))
    assert heard.received is not None
    packets = heard.received.reshape(-1, 160)
    assert set(packets.mean(axis=1).tolist()) == {0.0, 1.0}
    lost_tone = heard.pcm[~heard.received & heard.on]
    assert lost_tone.size > 0
    assert bool(np.any(lost_tone)) is concealed


def test_the_same_seed_makes_the_same_sound() -> None:
    assert np.array_equal(arrived(CLEAN).pcm, arrived(CLEAN).pcm)
