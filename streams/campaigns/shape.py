"""Which seconds of a campaign's recording its calls share: its beginning alone, or the whole message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from streams.campaigns.alignment import places
from streams.campaigns.records import CHUNK_S, Edge

ShapeKind = Literal["whole", "beginning", "part", "parts", "short", "unknown"]

STEP_S: Final = 0.5
SHARED_BY: Final = 0.5  # of the calls that were heard so far hold a second that counts as shared
WHOLE: Final = 0.8  # of what was heard is shared, and it is the whole message
SHORT_S: Final = 4.0  # heard in no two calls for longer: nothing can be said of the rest
LATE_S: Final = 2.0  # a part that begins so late is not the beginning
LONGEST_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Shared:
    """A stretch of the recording, and how many calls share it of how many that were heard so far."""

    start_s: float
    end_s: float
    calls: int
    heard: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What is shared of a recording.

    Attributes
    ----------
    kind
        ``whole`` message, ``beginning`` alone (a greeting, say), one other ``part``, several ``parts``; ``short``:
        heard for too short a time to tell; ``unknown``: no edges are kept.
    reference
        The call whose stream is the line of time.
    calls
        Calls that stand on it.
    heard_s
        From where to where at least two calls were heard.
    parts
        What is shared, in order.
    profile
        Every half-second of it, for pictures.
    """

    kind: ShapeKind
    reference: str = ""
    calls: int = 0
    heard_s: tuple[float, float] = (0.0, 0.0)
    parts: tuple[Shared, ...] = ()
    profile: tuple[Shared, ...] = ()

    @property
    def words(self) -> str:
        """The shape as people say it."""
        spans = ", ".join(f"{part.start_s:.1f}-{part.end_s:.1f} s" for part in self.parts)
        long = f"of {self.heard_s[1] - self.heard_s[0]:.1f} s heard"
        match self.kind:
            case "whole":
                return f"whole message ({spans})"
            case "beginning":
                return f"beginning only ({spans} {long}), then each goes its own way"
            case "part":
                return f"one part ({spans} {long})"
            case "parts":
                return f"several parts ({spans} {long})"
            case "short":
                return f"too short to tell ({spans or 'nothing'} shared)"
        return "unknown"


def shape(edges: Sequence[Edge], reference: str, searched: Mapping[str, int] | None = None) -> Shape:
    """The shape that edges show.

    Parameters
    ----------
    edges
        Of one campaign, of each pair of calls the one that shares most.
    reference
        A call of it, whose stream is the line of time.
    searched
        The last chunk of each call that was searched and found in another; that of its edges for those left out.

    Notes
    -----
    A call counts as heard up to the last chunk that was searched, and the matched one as far as that reaches in it.
    Silence before the recording begins counts for nothing: what is heard begins with the first shared second.
    """
    placed = places(edges, reference)
    used = [edge for edge in edges if edge.call_id in placed]
    if not used:
        return Shape("unknown", reference)
    shared: dict[str, list[tuple[float, float]]] = {}
    heard: dict[str, list[tuple[float, float]]] = {}
    for edge in used:
        place = placed[edge.call_id]
        part = (place.recording_s(edge.query_start_s), place.recording_s(edge.query_end_s))
        last = max(edge.chunk, (searched or {}).get(edge.call_id, 0))
        whole = (place.recording_s(0.0), place.recording_s(CHUNK_S * (last + 1)))
        for call in (edge.call_id, edge.matched_call_id):
            shared.setdefault(call, []).append(part)
            heard.setdefault(call, []).append(whole)
    begin = min(start for spans in shared.values() for start, _ in spans)
    end = min(max(stop for spans in heard.values() for _, stop in spans), begin + LONGEST_S)
    steps = begin + STEP_S * np.arange(np.ceil((end - begin) / STEP_S), dtype=np.float64)
    holding = _counted(shared, steps)
    hearing = np.maximum(_counted(heard, steps), holding)
    profile = tuple(
        Shared(float(at), float(at + STEP_S), int(some), int(all_))
        for at, some, all_ in zip(steps, holding, hearing, strict=True)
    )
    told = [step for step in profile if step.heard >= 2]
    if not told:
        return Shape("short", reference, len(placed), (begin, begin), (), profile)
    parts = _parts(told)
    span = (told[0].start_s, told[-1].end_s)
    return Shape(_kind(parts, span), reference, len(placed), span, parts, profile)


def _counted(spans: dict[str, list[tuple[float, float]]], steps: NDArray[np.float64]) -> NDArray[np.int64]:
    """How many calls have a span over the middle of each step."""
    middles = steps + STEP_S / 2
    counts = np.zeros(len(steps), np.int64)
    for some in spans.values():
        over = np.zeros(len(steps), np.bool_)
        for start, stop in some:
            over |= (middles >= start) & (middles < stop)
        counts += over
    return counts


def _parts(steps: Sequence[Shared]) -> tuple[Shared, ...]:
    """Steps in a row that enough calls share; gaps of a second, a pause for breath, are bridged."""
    found: list[Shared] = []
    for step in steps:
        if step.calls < 2 or step.calls < SHARED_BY * step.heard:
            continue
        last = found[-1] if found else None
        if last is not None and step.start_s - last.end_s <= 1.0:
            found[-1] = Shared(last.start_s, step.end_s, max(last.calls, step.calls), max(last.heard, step.heard))
        else:
            found.append(step)
    return tuple(found)


def _kind(parts: Sequence[Shared], span: tuple[float, float]) -> ShapeKind:
    length = span[1] - span[0]
    if length < SHORT_S or not parts:
        return "short"
    if sum(part.end_s - part.start_s for part in parts) >= WHOLE * length:
        return "whole"
    if len(parts) > 1:
        return "parts"
    return "beginning" if parts[0].start_s - span[0] < LATE_S else "part"
