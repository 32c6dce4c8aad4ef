"""Every tone in one chunk of a stream: DTMF, call progress, special information, fax."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features import dtmf, tone_table, v21
from features.cadence import Burst, join_special_information, name_call_progress
from features.goertzel import HOP, SAMPLE_RATE, SineFit, block_energies, block_spectra, fit_sines, gram_inverse
from features.tone import Tone
from features.tone_runs import Grid, Stretch, stretches
from features.tone_table import TONES, ToneSpec

__all__ = ["Tone", "detect_tones"]

_MAX_SNR_DB = 60.0

_BANK = sorted({*dtmf.FREQUENCIES, *tone_table.V21_FREQUENCIES, *(f for spec in TONES for f in spec.frequencies)})
_COLUMN = {frequency: column for column, frequency in enumerate(_BANK)}
_FREQUENCIES = np.array(_BANK)
_DTMF_COLUMNS = [_COLUMN[f] for f in dtmf.FREQUENCIES]


def _power(dbm0: float, dbm0_offset: float) -> float:
    """Return the mean square, in squared sample units, of a level in dBm0."""
    return float(32768.0**2 * 10 ** ((dbm0 - dbm0_offset) / 10))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all detectors share: one chunk with its lead-in, as Goertzel blocks."""

    blocks: NDArray[np.complex128]
    energies: NDArray[np.float64]
    lead_in: int
    dbm0_offset: float

    def grid(self, window: int) -> Grid:
        return Grid(window, self.lead_in, max(len(self.energies) - window // HOP + 1, 0))

    def power(self, dbm0: float) -> float:
        return _power(dbm0, self.dbm0_offset)

    def dbm0(self, power: float) -> float:
        return float(10 * np.log10(max(power, 1e-9) / 32768.0**2) + self.dbm0_offset)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One detector's frames: which hit, the fit behind them, and what the fit was held against."""

    hits: NDArray[np.bool_]
    fit: SineFit
    grid: Grid
    nominal: tuple[float, ...]
    min_purity: float

    @property
    def slack(self) -> int:
        """How many samples of the first window lie before the tone on average: it hits before it is quite full."""
        return round((1 - self.min_purity) * self.grid.window) - HOP // 2


def _measure(scene: _Scene, symbol: str, stretch: Stretch, heard: _Heard) -> Burst:
    """Return the burst of a stretch with the medians over its hits as its figures."""
    where = stretch.first + np.flatnonzero(heard.hits[stretch.first : stretch.last + 1])
    nominal = heard.nominal
    power = np.median(heard.fit.power[where], axis=0)
    deviation = np.abs(np.median(heard.fit.deviation_hz[where], axis=0))[: len(nominal)]
    purity = float(np.median(heard.fit.purity[where]))
    start = stretch.first * HOP - scene.lead_in + (heard.slack if stretch.first else 0)
    end = stretch.last * HOP - scene.lead_in + heard.grid.window - (0 if stretch.continues else heard.slack)
    twist = 10 * np.log10(power[1] / power[0]) if power[1] > 0 else 0.0
    snr = 10 * np.log10(purity / max(1 - purity, 1e-9))
    return Burst(
        symbol=symbol,
        start_s=start / SAMPLE_RATE,
        end_s=end / SAMPLE_RATE,
        level_dbm0=scene.dbm0(float(power.sum())),
        twist_db=float(twist),
        frequency_error=float(np.max(deviation / np.array(nominal))),
        snr_db=float(min(snr, _MAX_SNR_DB)),
        continued=stretch.continued,
        continues=stretch.continues,
    )


def _digits(scene: _Scene) -> list[Burst]:
    blocks = np.ascontiguousarray(scene.blocks[:, _DTMF_COLUMNS])
    frames = dtmf.hear_keys(blocks, scene.energies, scene.power(dtmf.MIN_LEVEL_DBM0))
    grid = scene.grid(2 * dtmf.HALF * HOP)
    found: list[Burst] = []
    for key in np.unique(frames.keys[frames.keys >= 0]):
        nominal = (dtmf.ROWS[key // 4], dtmf.COLUMNS[key % 4])
        heard = _Heard(frames.keys == key, frames.fit, grid, nominal, dtmf.MIN_PURITY)
        found += [_measure(scene, dtmf.KEYS[key], s, heard) for s in stretches(heard.hits, grid, dtmf.RULES)]
    return found


def _bursts(scene: _Scene, spec: ToneSpec) -> list[Burst]:
    columns = tuple(_COLUMN[f] for f in spec.frequencies)
    fit = fit_sines(scene.blocks, scene.energies, columns, spec.frequencies, spec.half)
    power = fit.power[:, : len(columns)]
    weakest, strongest = power.min(axis=1), power.max(axis=1)
    hits = (
        (fit.purity >= spec.min_purity)
        & (weakest >= scene.power(spec.min_level_dbm0))
        & (strongest <= weakest * 10 ** (spec.max_twist_db / 10))
        & (np.abs(fit.deviation_hz) <= spec.tolerance_hz).all(axis=1)
    )
    heard = _Heard(hits, fit, scene.grid(spec.window), spec.frequencies, spec.min_purity)
    return [_measure(scene, spec.family, s, heard) for s in stretches(hits, heard.grid, spec.rules)]


def _keyed(scene: _Scene) -> list[Burst]:
    """Return stretches of V.21; a keyed signal has neither twist nor a frequency error: both are 0.0."""
    window = 2 * v21.HALF * HOP
    mark, space = (_COLUMN[f] for f in tone_table.V21_FREQUENCIES)
    keyed, share, energy = v21.hear_v21(scene.blocks, scene.energies, (mark, space), HOP)
    power = share * energy / window
    hits = keyed & (power >= scene.power(tone_table.V21_MIN_LEVEL_DBM0))
    fit = SineFit(np.stack([power, np.zeros_like(power)], axis=1), np.zeros((len(hits), 2)), np.minimum(share, 1.0))
    heard = _Heard(hits, fit, scene.grid(window), tone_table.V21_FREQUENCIES, v21.MIN_SHARE)
    return [_measure(scene, "v21", s, heard) for s in stretches(hits, heard.grid, tone_table.V21_RULES)]


def _most_power(frequencies: tuple[float, ...], half: int) -> float:
    """Return the most power that a fit can give a sine where no block of `HOP` samples has more energy than 1.

    The squared amplitudes of a half window are at most its energy times the normal matrix's greatest inverse; undoing
    the attenuation of a deviation multiplies an amplitude by at most pi / 2 (see `features.goertzel`).
    """
    inverse = np.linalg.eigvalsh(gram_inverse(frequencies, half * HOP))[-1]
    return float(np.pi**2 / 8 * inverse * half)


_LEAST_DBM0 = min(dtmf.MIN_LEVEL_DBM0, tone_table.V21_MIN_LEVEL_DBM0, *(spec.min_level_dbm0 for spec in TONES))
_MOST_POWER = 1.001 * max(  # the rest is for rounding
    2 / HOP,  # V.21: a block's Goertzel sum is at most the root of its energy times its length
    *(_most_power((row, column), dtmf.HALF) for row in dtmf.ROWS for column in dtmf.COLUMNS),
    *(_most_power(spec.frequencies, spec.half) for spec in TONES),
)


def _too_quiet(energies: NDArray[np.float64], least_power: float) -> bool:
    """Tell whether no window can reach the least level of any tone, so that every detector would find nothing."""
    return len(energies) == 0 or _MOST_POWER * float(energies.max()) < least_power


def detect_tones(pcm: NDArray[np.int16], lead_in: int, *, dbm0_offset: float = 6.22) -> list[Tone]:
    """Find the tones of one chunk.

    The function has no memory: whether a tone that spans two chunks is new is decided from the lead-in, where both
    calls see the same frames. A press of a key is ``continued=False`` in exactly one of them.

    Parameters
    ----------
    pcm
        Shape (lead_in + n,), int16, 8 kHz: a chunk (16,000 samples, or fewer) after the `lead_in` samples before it.
    lead_in
        0 where nothing came before, else 1,024. Other lengths are taken, but only with at least 1,024 is a long tone's
        ``continued`` certain.
    dbm0_offset
        dBm0 minus dBFS, dB: 6.22 for mu-law, 6.15 for A-law (G.711).

    Returns
    -------
    list[Tone]
        In order of start. Tones wholly inside the lead-in belong to the chunk before and are left out.

    Raises
    ------
    ValueError
        If `pcm` is not one-dimensional int16, or `lead_in` is negative or longer than `pcm`.
    """
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise ValueError(f"pcm must be one-dimensional int16, not {pcm.ndim}-dimensional {pcm.dtype}")
    if not 0 <= lead_in <= len(pcm):
        raise ValueError(f"lead_in must be between 0 and {len(pcm)}, not {lead_in}")
    odd = lead_in % HOP  # the chunk begins on the grid, so that the chunk before had the same frames
    samples = np.ascontiguousarray(pcm[odd:])
    energies = block_energies(samples)
    if _too_quiet(energies, _power(_LEAST_DBM0, dbm0_offset)):
        return []
    scene = _Scene(block_spectra(samples, _FREQUENCIES), energies, lead_in - odd, dbm0_offset)
    bursts = [burst for spec in TONES for burst in _bursts(scene, spec)]
    found = _digits(scene) + join_special_information(name_call_progress(bursts)) + _keyed(scene)
    return [
        Tone(
            symbol=b.symbol,
            start_s=b.start_s,
            duration_s=b.duration_s,
            level_dbm0=b.level_dbm0,
            twist_db=b.twist_db,
            frequency_error=b.frequency_error,
            snr_db=b.snr_db,
            known_s=min(b.end_s, 0.0) if b.continued else b.end_s,
            continued=b.continued,
            continues=b.continues,
        )
        for b in sorted(found, key=lambda b: (b.start_s, b.symbol))
    ]
