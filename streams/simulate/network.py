"""What a network does to packets: loses, repeats, delays and reorders them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from streams.simulate.media import Sent
from streams.simulate.plan import Network

_SPARED: Final = 5  # packets at both ends of a stream always arrive in order: so what it spans is known beforehand
_MOST_JITTER_MS: Final = 60.0


def arrivals(
    rng: np.random.Generator, sent: Sequence[Sent], network: Network, packet_ms: int
) -> list[tuple[int, bytes]]:
    """Packets as they arrive, in order: microseconds after the audio's beginning, and the packet.

    Delay varies by an exponential law but keeps the order; a reordered packet is overtaken by the next one or two.
    The first and the last five packets of each stream are spared all but the delay.
    """
    if not sent:
        return []
    count = len(sent)
    spared = _spared(np.array([packet.stream for packet in sent]))
    jitter = np.minimum(rng.exponential(1.0, count) * network.jitter_ms, _MOST_JITTER_MS)
    left = np.array([packet.after_us for packet in sent], dtype=np.int64)
    arrived = np.maximum.accumulate(left + np.rint(jitter * 1000).astype(np.int64))
    late = (rng.random(count) < network.reordering) & ~spared
    arrived[late] += np.rint(rng.uniform(1.1, 2.3, int(late.sum())) * packet_ms * 1000).astype(np.int64)
    lost = (rng.random(count) < network.loss) & ~spared
    twice = np.flatnonzero((rng.random(count) < network.duplicates) & ~spared & ~lost)
    repeated_us = arrived[twice] + rng.integers(500, 5000, twice.size)
    which = np.concatenate([np.flatnonzero(~lost), twice])
    when = np.concatenate([arrived[~lost], repeated_us])
    order = np.argsort(when, kind="stable")
    return [(int(when[i]), sent[int(which[i])].data) for i in order]


def _spared(streams: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark both ends of every run of one stream's packets."""
    spared = np.zeros(streams.size, dtype=np.bool_)
    edges = np.flatnonzero(np.diff(streams)) + 1
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), streams.size], strict=True):
        spared[start : start + _SPARED] = True
        spared[max(end - _SPARED, start) : end] = True
    return spared
