"""Evidence as the numbers that the forest sees, each with its name."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.sound import SOUND_NAMES
from models.evidence import FAMILIES, Evidence

BINS: Final = 129  # of features.spectrum's transform
_BANDS: Final = 32  # four bins, 125 Hz each; the lowest bin (0 Hz) is left out
_BAND_HZ: Final = 125

_BEYOND_AUDIO: Final = 1e12  # full-scale square waves give singular values below 1e9
_SHAPE_NAMES: Final = ("centre", "spread", "flatness", "turns")
FEATURE_NAMES: Final[tuple[str, ...]] = (
    *(f"basis{b}_{k * _BAND_HZ}hz" for b in (1, 2, 3) for k in range(_BANDS)),
    *(f"basis{b}_{name}" for b in (1, 2, 3) for name in _SHAPE_NAMES),
    "value1_db",
    "value2_to_1",
    "value3_to_1",
    "rms_dbfs",
    "crest_db",
    "loudest_over_rms_db",
    "rms_over_quietest_db",
    "silence_code_share",
    *SOUND_NAMES,
    "comfort_noise_share",
    "coverage",
    *(f"{family}_share" for family in FAMILIES),
)


def feature_matrix(evidence: Sequence[Evidence]) -> NDArray[np.float32]:
    """One row of features for each chunk.

    Parameters
    ----------
    evidence : sequence of Evidence
        With bases of shape (3, 129).

    Returns
    -------
    ndarray of float32, shape (len(evidence), len(FEATURE_NAMES))
        Finite.

    Raises
    ------
    ValueError
        When bases, singular values or sound have another shape, or anything isn't finite.
    """
    if not evidence:
        return np.zeros((0, len(FEATURE_NAMES)), dtype=np.float32)
    for one in evidence:
        if one.sound.shape != (len(SOUND_NAMES),):
            raise ValueError(f"expected {len(SOUND_NAMES)} numbers of the sound, not shape {one.sound.shape}")
        if one.bases.shape != (3, BINS) or one.singular_values.shape != (3,):
            raise ValueError(f"expected 3 bases of {BINS} bins, not shape {one.bases.shape}")
    bases = np.stack([one.bases for one in evidence]).astype(np.float64)
    values = np.stack([one.singular_values for one in evidence]).astype(np.float64)
    levels = np.array([_levels(one) for one in evidence], dtype=np.float64)
    sound = np.stack([one.sound for one in evidence])
    received = np.array([_received(one) for one in evidence], dtype=np.float64)
    if not all((np.abs(part) < _BEYOND_AUDIO).all() for part in (bases, values, levels, sound, received)):
        raise ValueError("the evidence holds NaN, infinity or numbers that no audio gives")
    bands = bases[:, :, 1:].reshape(len(evidence), 3, _BANDS, -1).mean(axis=3)
    shapes = _shapes(bases).reshape(len(evidence), -1)
    parts = [bands.reshape(len(evidence), -1), shapes, _strengths(values), levels, sound, received]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _shapes(bases: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre and spread (share of the band), flatness (0 a line, 1 flat) and sign changes of each basis."""
    power = bases**2 + 1e-12
    power /= power.sum(axis=2, keepdims=True)
    place = np.linspace(0.0, 1.0, bases.shape[2])
    centre = power @ place
    spread = np.sqrt(np.maximum((power * (place - centre[..., None]) ** 2).sum(axis=2), 0.0))
    flatness = np.exp(np.log(power).mean(axis=2)) * bases.shape[2]
    turns = (np.diff(np.signbit(bases), axis=2) != 0).mean(axis=2)
    return np.stack([centre, spread, flatness, turns], axis=2)


def _strengths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    first = np.maximum(values[:, :1], 1e-9)
    return np.concatenate([20.0 * np.log10(first), values[:, 1:] / first], axis=1)


def _levels(one: Evidence) -> tuple[float, ...]:
    return (
        one.rms_dbfs,
        one.peak_dbfs - one.rms_dbfs,
        one.loudest_frame_dbfs - one.rms_dbfs,
        one.rms_dbfs - one.quietest_frame_dbfs,
        one.silence_code_share,
    )


def _received(one: Evidence) -> tuple[float, ...]:
    shares = (one.tone_shares.get(family, 0.0) for family in FAMILIES)
    return (one.comfort_noise_share, one.coverage, *shares)
