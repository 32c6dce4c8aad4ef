"""A share of chunks, and how far it is to be trusted by chunk and by recording."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluation.intervals import binomial_interval, grouped_interval, upper_bound

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Share:
    """A share and how far it is to be trusted.

    Attributes
    ----------
    hits, n : int
    chunks : (float, float)
        95 % interval when each chunk counts by itself.
    recordings : (float, float)
        95 % interval when recordings are drawn whole.
    hit_recordings, all_recordings : int
        Recordings with a hit, and all.
    """

    hits: int
    n: int
    chunks: Interval
    recordings: Interval
    hit_recordings: int
    all_recordings: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.hits / self.n if self.n else float("nan")

    @property
    def chunk_bound(self) -> float:
        """What it is below at 95 %, one-sided, when each chunk counts by itself."""
        return upper_bound(self.hits, self.n)

    @property
    def recording_bound(self) -> float:
        """What the share of recordings with a hit is below at 95 %, one-sided."""
        return upper_bound(self.hit_recordings, self.all_recordings)


def share(hits: NDArray[np.bool_], recordings: Sequence[str], seed: int) -> Share:
    """Count hits.

    Parameters
    ----------
    hits : ndarray of bool, shape (n,)
    recordings : sequence of str, length n
    seed : int
        Of the draws of recordings.
    """
    names = np.asarray(recordings)
    count, of = int(hits.sum()), len(hits)
    if count and count < of:
        grouped = grouped_interval(hits.astype(np.float64), names, _mean, seed)
    else:  # every draw would be the same: what is known is that so many recordings have none, or all
        low, high = binomial_interval(0, len(set(recordings)))
        grouped = (low, high) if not count else (1.0 - high, 1.0)
    return Share(
        hits=count,
        n=of,
        chunks=binomial_interval(count, of),
        recordings=grouped,
        hit_recordings=len(set(names[hits].tolist())),
        all_recordings=len(set(names.tolist())),
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean())
