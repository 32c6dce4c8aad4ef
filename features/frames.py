"""What one chunk shows frame by frame: level and crossings every 20 ms, shape of the spectrum every 16 ms.

`features.sound` sums a chunk up from these, `features.blocks` each tenth of it. Frames that were not (wholly) received
are marked and count nowhere: a lost packet is no silence.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.extent import greatest
from features.frame_levels import centre, distinct_steps, frame_levels, share_near
from features.frame_spectrum import likeness, over_frequency
from features.layout import BAND_EDGES, BANDS, BINS, CHUNK, COLUMNS, FLOOR_DB, FRAMES, LEVEL
from features.spectrum import HOP

__all__ = ["CHUNK", "ChunkFrames", "chunk_frames", "whole_columns"]

_EDGES: Final = np.array(BAND_EDGES, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class ChunkFrames:
    """Frames of one chunk.

    Attributes
    ----------
    samples : ndarray of float32, shape (16000,)
        Fractions of full scale, without the chunk's mean; zero where nothing was received.
    heard : ndarray of float32, shape (100,)
        Share of each 20 ms that was received, 0 to 1.
    time : ndarray of float32, shape (5, 100)
        For each 20 ms: level (dBFS, -90 to 0), zero crossings a received sample (0 to 1), share of the received
        samples beyond ±8 and beyond ±24 (0 to 1), share that differs from the sample before (0 to 1).
    moments : ndarray of float64, shape (5,)
        Of the received samples: mean (of full scale), variance, fourth central moment over the variance's square,
        distinct steps of 8 (0 to 8192), share within 2 % of the greatest magnitude.
    whole : ndarray of bool, shape (124,)
        Columns of the spectrum all of whose samples were received.
    spectrum : ndarray of float32, shape (11, 124)
        For each column: power (dB), centre, spread and 85 % roll-off (bins), flatness (0 a line, 1 flat), strongest
        bin, share of the power in the strongest line and in the two strongest (a line being five bins), cosine to the
        column before, to that 128 ms before, and to the mean spectrum.
    bands_db : ndarray of float32, shape (6, 124)
        Power in each band of `BAND_EDGES`, dB.
    envelopes : ndarray of float32, shape (4, 124)
        Amplitude below 812 Hz, up to 2,406 Hz, above, and of all.
    steadiness : ndarray of float32, shape (129,)
        Geometric over arithmetic mean of each bin's power over the whole columns, 0 to 1.
    shape_db : ndarray of float32, shape (6,)
        Share of each band in the mean power, dB, -60 to 0.
    """

    samples: NDArray[np.float32]
    heard: NDArray[np.float32]
    time: NDArray[np.float32]
    moments: NDArray[np.float64]
    whole: NDArray[np.bool_]
    spectrum: NDArray[np.float32]
    bands_db: NDArray[np.float32]
    envelopes: NDArray[np.float32]
    steadiness: NDArray[np.float32]
    shape_db: NDArray[np.float32]


def chunk_frames(
    samples: NDArray[np.float32], received: NDArray[np.bool_], magnitude: NDArray[np.float32]
) -> ChunkFrames:
    """Measure the frames of one chunk.

    Parameters
    ----------
    samples : ndarray of float32, shape (16000,)
        Fractions of full scale; what was not received is ignored.
    received : ndarray of bool, shape (16000,)
    magnitude : ndarray of float32, shape (129, 124)
        Of the same samples, from `features.spectrum.stft_magnitude` as it is by default.

    Returns
    -------
    ChunkFrames
        Finite throughout.

    Raises
    ------
    ValueError
        When a shape is another, or there is NaN or infinity.
    """
    if samples.shape != (CHUNK,) or received.shape != (CHUNK,) or magnitude.shape != (BINS, COLUMNS):
        raise ValueError(f"expected {CHUNK} samples and {BINS} by {COLUMNS} magnitudes, not {magnitude.shape}")
    greatest(magnitude)
    heard, centred = np.zeros(FRAMES, np.float32), np.zeros(CHUNK, np.float32)
    time, moments = np.zeros((5, FRAMES), np.float32), np.zeros(5)
    mask = received.astype(np.float32)
    _over_time(np.ascontiguousarray(samples, np.float32), mask, centred, heard, time, moments)
    whole = whole_columns(received)
    spectrum = np.zeros((11, COLUMNS), np.float32)
    bands, envelopes = np.zeros((BANDS, COLUMNS), np.float32), np.zeros((4, COLUMNS), np.float32)
    steadiness, shape = np.zeros(BINS, np.float32), np.zeros(BANDS, np.float32)
    weight = whole.astype(np.float32)
    over_frequency(np.ascontiguousarray(magnitude), weight, _EDGES, spectrum, bands, envelopes, steadiness, shape)
    likeness(np.ascontiguousarray(magnitude), weight, spectrum)
    return ChunkFrames(centred, heard, time, moments, whole, spectrum, bands, envelopes, steadiness, shape)


def whole_columns(received: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns of a chunk's spectrum hold received samples alone; shape (124,) for shape (16000,)."""
    if received.all():
        return np.ones(COLUMNS, dtype=np.bool_)
    halves = np.asarray(received[: (COLUMNS + 1) * HOP].reshape(-1, HOP).all(axis=1), dtype=np.bool_)
    whole: NDArray[np.bool_] = halves[:-1] & halves[1:]
    return whole


def _over_time(
    samples: NDArray[np.float32],
    mask: NDArray[np.float32],
    centred: NDArray[np.float32],
    heard: NDArray[np.float32],
    time: NDArray[np.float32],
    moments: NDArray[np.float64],
) -> None:
    mean, count = centre(samples, mask, centred, heard)
    if count == 0.0:
        time[LEVEL] = FLOOR_DB
        return
    square, fourth = frame_levels(samples, mask, centred, heard, time)
    moments[0], moments[1] = mean, square / count
    moments[2] = fourth * count / (square * square) if square > 0.0 else 0.0
    moments[3] = distinct_steps(samples, mask)
    most = greatest(centred)
    moments[4] = share_near(centred, mask, np.float32(0.98 * most)) if most > 0.0 else 0.0
