"""Calls of a campaign on one line of time: the recording's, as one of its calls played it."""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

from streams.campaigns.records import Edge


@dataclass(frozen=True, slots=True)
class Place:
    """How a call plays the recording, beside the call that stands for it.

    Attributes
    ----------
    begin_s
        Where on the recording's line of time the call's stream begins.
    tempo, pitch
        The call's speed and frequency over the recording's.
    """

    begin_s: float = 0.0
    tempo: float = 1.0
    pitch: float = 1.0

    def recording_s(self, stream_s: float) -> float:
        """Where on the recording's line of time a second of the call's stream falls."""
        return self.begin_s + self.tempo * stream_s

    def octaves_from(self, other: "Place") -> float:
        """How far apart two calls are in pitch, octaves."""
        return abs(math.log2(self.pitch / other.pitch))


def places(edges: Iterable[Edge], origin: str) -> dict[str, Place]:
    """Where calls stand beside one of them.

    Parameters
    ----------
    edges
        Between calls, in any order and direction.
    origin
        The call whose stream is the line of time.

    Returns
    -------
    dict
        Place of each call that edges connect to `origin`, by its id. Of several ways to a call the one over the edges
        of most weight counts (Prim's spanning tree).
    """
    usable = [edge for edge in edges if edge.tempo > 0.0 and edge.pitch > 0.0]
    ranked = sorted(usable, key=lambda edge: (-edge.weight, edge.call_id, edge.matched_call_id, edge.chunk))
    beside: dict[str, list[int]] = {}
    for rank, edge in enumerate(ranked):
        beside.setdefault(edge.call_id, []).append(rank)
        beside.setdefault(edge.matched_call_id, []).append(rank)
    found = {origin: Place()}
    waiting = list(beside.get(origin, ()))
    heapq.heapify(waiting)
    while waiting:
        edge = ranked[heapq.heappop(waiting)]
        if edge.matched_call_id not in found:
            new, place = edge.matched_call_id, _matched(edge, found[edge.call_id])
        elif edge.call_id not in found:
            new, place = edge.call_id, _searched(edge, found[edge.matched_call_id])
        else:
            continue
        found[new] = place
        for rank in beside[new]:
            heapq.heappush(waiting, rank)
    return found


def _searched(edge: Edge, other: Place) -> Place:
    """The place of the call that was searched, from that of the one it matched."""
    return Place(other.recording_s(edge.matched_s(0.0)), other.tempo * edge.tempo, other.pitch * edge.pitch)


def _matched(edge: Edge, own: Place) -> Place:
    """The place of the call that was matched, from that of the one that was searched."""
    tempo = own.tempo / edge.tempo
    return Place(own.begin_s - tempo * edge.matched_s(0.0), tempo, own.pitch / edge.pitch)
