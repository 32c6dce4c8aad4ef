"""Lines through the hits of a call: where in it the query may lie, how much faster and how much higher."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from features.matching.hits import Hits
from features.matching.laying import LINES, cone_votes, lay
from features.matching.runs import runs

TOP: Final = 24  # lines; the words settle it, and of two seconds in noise there may be two hits

# Chosen by trial on queries of the half that tunes, most of them before the words were weighed as they are now
_FITTED: Final = 400  # calls, those of most votes, through whose hits lines are laid
_SAME_PITCH: Final = 1.0  # 1/48 octave
_SAME_TEMPO: Final = 0.03
_CHANGED: Final = 0.5  # votes: most replays have the pitch and the tempo of the recording, and chance hasn't


@dataclass(frozen=True, slots=True)
class Line:
    """A line through hits: the call's frame is ``frame + slope * (query frame - query_frame)``.

    Attributes
    ----------
    call
        The call's number.
    votes
        Weighted hits on the line; a query frame's second hit counts for less.
    query_frame, frame
        Where the middle of the hits is, in the query and in the call, 16 ms.
    slope
        Frames of the call for a frame of the query: above 1 where the query is faster.
    shift
        The call's frequency over the query's, 1/48 octave: negative where the query is higher.
    spread
        Standard deviation of the hits' query frames: the wider, the better known is the slope.
    hits
        How many there are.
    """

    call: int
    votes: float
    query_frame: float
    frame: float
    slope: float
    shift: float
    spread: float
    hits: int


def candidates(hits: Hits, *, top: int = TOP) -> list[Line]:
    """Find the lines that most hits lie on.

    Of each call the best line is taken and, where others lead elsewhere in it, up to three of them too: a message in
    another order, a phrase that is repeated, a piece cut out.

    Parameters
    ----------
    hits : Hits
        Ordered by call, as `features.matching.hits.hits` and `features.matching.hits.merged` order them.
    top : int
        How many lines, at least 1.

    Returns
    -------
    list of Line
        At most `top`, those with most votes first, of equal ones those of unchanged pitch and tempo; none with fewer
        than two hits.

    Raises
    ------
    ValueError
        When `top` is below 1.
    """
    if top < 1:
        raise ValueError(f"{top} lines are no answer")
    starts = runs(hits.calls)
    if len(starts) < 2:
        return []
    columns = (hits.query_frames, hits.frames, hits.shifts, hits.weights)
    votes = cone_votes(starts, *columns)
    likely = np.argsort(-votes, kind="stable")[:_FITTED]
    likely = likely[votes[likely] > 0]
    found = np.zeros((LINES * len(likely) + 1, 8))
    found = found[: lay(likely, starts, *columns, found)]
    changed = (np.abs(found[:, 5]) > _SAME_PITCH).astype(np.int64) + (np.abs(found[:, 4] - 1.0) > _SAME_TEMPO)
    best = found[np.lexsort((found[:, 0], _CHANGED * changed - found[:, 1]))][:top]
    return [
        Line(int(hits.calls[starts[int(run)]]), votes, query, frame, slope, shift, spread, int(number))
        for run, votes, query, frame, slope, shift, spread, number in best.tolist()
    ]


def strongest(hits: Hits, calls: int) -> Hits:
    """Keep the hits of the calls worth keeping until the next chunk.

    Parameters
    ----------
    hits : Hits
        Ordered by call.
    calls : int
        Of how many calls.

    Returns
    -------
    Hits
        Those of the calls with most hits that could lie on one line, in the same order.

    Raises
    ------
    ValueError
        When `calls` is negative.
    """
    if calls < 0:
        raise ValueError(f"hits of {calls} calls can't be kept")
    starts = runs(hits.calls)
    if len(starts) - 1 <= calls:
        return hits
    votes = cone_votes(starts, hits.query_frames, hits.frames, hits.shifts, hits.weights)
    kept = np.zeros(len(starts) - 1, np.bool_)
    kept[np.argsort(-votes, kind="stable")[:calls]] = True
    return hits.of(np.repeat(kept, np.diff(starts)))
