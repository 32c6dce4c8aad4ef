"""What is kept of a stream's first chunks, and the model's columns made of it again."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.evidence import CHUNK_SAMPLES, Evidence, SoundedTone, evidence_from_pcm, tone_shares
from models.vector import FEATURE_NAMES, feature_matrix
from schemas.records import Features
from streams.spectrum import evidence_of
from streams.store import Row
from streams.store.base import day_of

# Coverage and tones come last among the columns: what stands before them is known from the spectrum part alone.
KEPT_COLUMNS: Final = FEATURE_NAMES.index("coverage")


def chunk_features_row(features: Features) -> Row | None:
    """Row of ``chunk_features``; None for a record without a spectrum, with one that failed, or of no sound at all.

    Raises
    ------
    ValueError
        If the spectrum part is broken, or of another version than this program's.
    """
    part, head = features.spectrum, features.head
    if part is None or part.error is not None or head.coverage <= 0.0:
        return None
    values = feature_matrix([evidence_of(head, part, [])])[0, :KEPT_COLUMNS]
    return {
        "call_id": head.call_id,
        "stream_id": head.stream_id,
        "chunk": head.chunk,
        "direction": head.facts.direction,
        "coverage": head.coverage,
        "rms_dbfs": part.rms_dbfs,
        "features_version": part.features_version,
        "values": values.tolist(),
        "captured_ms": head.captured_ms,
        "features_ms": features.features_ms,
        "captured_date": day_of(head.captured_ms),
    }


def model_row(values: ArrayLike, coverage: float, tones: Iterable[SoundedTone]) -> NDArray[np.float32]:
    """All columns of the model for a chunk that was kept.

    Parameters
    ----------
    values : array_like of float, shape (KEPT_COLUMNS,)
        As they stand in ``chunk_features``.
    coverage : float
        0 to 1.
    tones : iterable of SoundedTone
        The chunk's, telephone events among them; '?' is a digit.

    Returns
    -------
    ndarray of float32, shape (len(FEATURE_NAMES),)

    Raises
    ------
    ValueError
        If there are more or fewer values.
    """
    row = np.asarray(values, dtype=np.float32)
    if row.shape != (KEPT_COLUMNS,):
        raise ValueError(f"{row.size} values, not {KEPT_COLUMNS}: they are of another version")
    known = replace(_silence(), coverage=coverage, tone_shares=tone_shares(tones))
    return np.concatenate([row, feature_matrix([known])[0, KEPT_COLUMNS:]])


@cache
def _silence() -> Evidence:
    """A chunk whose columns besides those of the spectrum are replaced."""
    return evidence_from_pcm(np.zeros(CHUNK_SAMPLES, np.int16), None, None)
