"""Special information, fax, modem, test and answering machines' tones, as their Recommendations have them.

SIT: Telcordia GR-1162 and ITU-T E.180; CNG, CED, V.21 preamble: T.30; ANSam: V.8; phase reversals: V.25; 2225 Hz: Bell
103 and V.22 (with 2250 Hz: V.22's unscrambled ones); 1004 Hz: the test tone of North American lines.
"""

from typing import Final

import numpy as np

from bench.progress.national import Make
from bench.progress.sounds import RATE, Samples, Sound, edged, keyed, modulated, reversed_every, sines, switched

_SIT_SHORT_S, _SIT_LONG_S, _SIT_ITU_S = 0.276, 0.380, 0.330
_BEEP_HZ: Final = (500.0, 2000.0)  # answering machines go down to 400 Hz, where one burst is a country's ring-back
_TAKEN_HZ: Final = ((900, 1000), (990, 1020), (1050, 1150), (1360, 1440), (1630, 1670), (1760, 1870))


def _seconds(seconds: float) -> int:
    return round(seconds * RATE)


def _then_quiet(samples: Samples, seconds: float) -> Sound:
    """A sound without a break, then silence."""
    after = _seconds(seconds)
    on = np.repeat([True, False], [samples.size, after])
    return Sound(np.concatenate([edged(samples), np.zeros(after, np.float32)]), on)


def sit_american(rng: np.random.Generator, factor: float) -> Sound:
    """Three tones, the first two each high or low and each long or short."""
    parts = [
        (rng.choice([913.8, 985.2]), rng.choice([_SIT_SHORT_S, _SIT_LONG_S])),
        (rng.choice([1370.6, 1428.5]), rng.choice([_SIT_SHORT_S, _SIT_LONG_S])),
        (1776.7, _SIT_LONG_S),
    ]
    return _then_quiet(np.concatenate([sines(rng, _seconds(s), [hz * factor]) for hz, s in parts]), 1.5)


def sit_itu(rng: np.random.Generator, factor: float) -> Sound:
    """Three tones of 330 ms with pauses of up to 30 ms."""
    pause = np.zeros(_seconds(rng.uniform(0.0, 0.03)), np.float32)
    tones = [edged(sines(rng, _seconds(_SIT_ITU_S), [hz * factor])) for hz in (950.0, 1400.0, 1800.0)]
    return _then_quiet(np.concatenate([tones[0], pause, tones[1], pause, tones[2]]), 1.5)


def cng(rng: np.random.Generator, factor: float) -> Sound:
    """Fax calling tone: two bursts of half a second."""
    return switched(sines(rng, _seconds(5.0), [1100 * factor]), (0.5, 3.0))


def _answer(rng: np.random.Generator, factor: float, *, wobbles: bool, turns: bool) -> Sound:
    samples = sines(rng, _seconds(rng.uniform(2.6, 4.0)), [2100 * factor])
    if wobbles:
        samples = modulated(rng, samples, 15.0, 0.2)
    if turns:
        samples = reversed_every(samples, rng.uniform(0.425, 0.475))
    return _then_quiet(samples, 0.8)


def ced(rng: np.random.Generator, factor: float) -> Sound:
    """2100 Hz, nothing else."""
    return _answer(rng, factor, wobbles=False, turns=False)


def ans_pr(rng: np.random.Generator, factor: float) -> Sound:
    """2100 Hz whose phase turns over every 450 ms +- 25."""
    return _answer(rng, factor, wobbles=False, turns=True)


def ansam(rng: np.random.Generator, factor: float) -> Sound:
    """2100 Hz modulated by 15 Hz, 20 %."""
    return _answer(rng, factor, wobbles=True, turns=False)


def ansam_pr(rng: np.random.Generator, factor: float) -> Sound:
    """2100 Hz, modulated and turning over."""
    return _answer(rng, factor, wobbles=True, turns=True)


def v21(rng: np.random.Generator, factor: float) -> Sound:
    """A second of flags (0x7E) on channel 2, then half a second of data."""
    flags = np.resize(np.array([0, 1, 1, 1, 1, 1, 1, 0], np.uint8), 300)
    data = rng.integers(0, 2, 150, dtype=np.uint8)
    return _then_quiet(keyed(rng, np.concatenate([flags, data]), 1650 * factor, 1850 * factor, 1 / 300), 1.0)


def modem_2225(rng: np.random.Generator, factor: float) -> Sound:
    """Bell 103's answer and V.22's."""
    return _then_quiet(sines(rng, _seconds(rng.uniform(2.0, 3.3)), [2225 * factor]), 0.8)


def modem_2250(rng: np.random.Generator, factor: float) -> Sound:
    """V.22's unscrambled ones."""
    return _then_quiet(sines(rng, _seconds(rng.uniform(2.0, 3.3)), [2250 * factor]), 0.8)


def test_tone(rng: np.random.Generator, factor: float) -> Sound:
    """1004 Hz for some seconds."""
    return _then_quiet(sines(rng, _seconds(rng.uniform(3.0, 4.0)), [1004 * factor]), 0.8)


def beep(rng: np.random.Generator, factor: float) -> Sound:
    """One tone of 0.1 to 1 s after which nothing follows; not at frequencies that other signals have."""
    hz = rng.uniform(*_BEEP_HZ)
    while any(low <= hz <= high for low, high in _TAKEN_HZ):
        hz = rng.uniform(*_BEEP_HZ)
    return _then_quiet(sines(rng, _seconds(rng.uniform(0.1, 1.0)), [hz * factor]), 3.0)


FORMS: Final[dict[str, dict[str, Make]]] = {  # symbol: form: what makes it
    "sit": {"American": sit_american, "ITU": sit_itu},
    "cng": {"T.30": cng},
    "ced": {"T.30": ced},
    "ans_pr": {"V.25": ans_pr},
    "ansam": {"V.8": ansam},
    "ansam_pr": {"V.8": ansam_pr},
    "v21": {"T.30": v21},
    "modem": {"2225 Hz": modem_2225, "2250 Hz": modem_2250},
    "test": {"1004 Hz": test_tone},
    "beep": {"500-2000 Hz": beep},
}
