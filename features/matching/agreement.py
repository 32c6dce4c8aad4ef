"""Agreement: how far the words of a query and of a call are the same along a line.

Words are those of J. Haitsma and T. Kalker, "A Highly Robust Audio Fingerprinting System" (2002): a bit for each of 32
differences between bands and frames. Along the right line most bits agree, whatever the channel did; along a wrong one
half of them do. How many of a word's bits agree is weighed by how much more often that happens in replays than by
chance, and these logarithms are added up: loud moments say much where noise covers all others. A message may be in the
call only in part (two messages in one, a silence put in, somebody talking over it), so what counts is the stretch with
the greatest sum (a scan statistic: S. Karlin, S. Altschul, "Methods for assessing the statistical significance of
molecular sequence features by using general scoring schemes", 1990).
"""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import SHIFTS, UNSHIFTED
from features.matching.along import SLOPE_FRAMES, along, anywhere, refine, search
from features.matching.lines import Line

LEAST_SHARED: Final = 64  # frames, 1.02 s: what unrelated messages of one voice share is shorter
LEAST_CUT: Final = 100  # frames, 1.6 s, of a message that was cut up: two phrases are no recording yet

_SLOPE_TRIES: Final = 3  # to either side at most
_TELLING: Final = 30.0  # evidence of a piece from which on others are looked for, and counted
_LEAST_PART: Final = 45  # frames, 0.7 s, of a further piece of a message that was cut up
_MOST_PARTS: Final = 6
_PART_COST: Final = 20.0  # of evidence: a further piece is sought in many places

# ln(how often so many of 32 bits agree in replays, 6 of 10 words untouched enough to tell / by chance), 0 to 32 bits.
# From queries with noise, talk over them, reverberation and codecs of the half that tunes (bench/replay_calibration.py)
WEIGHTS: Final = np.array([
    -0.89, -0.89, -0.89, -0.89, -0.89, -0.89, -0.89, -0.89, -0.89, -0.89, -0.88, -0.88, -0.88, -0.85, -0.84, -0.80,
    -0.74, -0.67, -0.54, -0.36, -0.04, 0.34, 0.93, 1.65, 2.37, 3.23, 4.18, 5.00, 5.00, 5.00, 5.00, 5.00, 5.00,
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the words say of a line.

    Attributes
    ----------
    call
        The call's number.
    evidence
        Logarithm of how much likelier the stretch that speaks most for the line is in a replay than by chance. What
        that is worth says `features.matching.chance.false_match_probability`.
    agreement
        Share of equal bits in that stretch, 0 to 1.
    compared
        Words of the stretch that were compared, one for every second frame of the call.
    shared
        Frames of the query from the stretch's first to its last; of all parts where there are several.
    asked
        Frames of the query in which it has a word at all: there was that much to choose from.
    offset
        Frame of the call at the query's frame 0; negative where the call's begins later.
    slope
        Frames of the call for one of the query.
    pitch
        The query's frequency over the call's.
    tempo
        The query's speed over the call's: above 1 is faster.
    first, last
        Frames of the query, first and last one of the part that they share; last is below first if nothing is.
    parts
        Of how many pieces, each on its own line, what is shared consists.
    """

    call: int
    evidence: float
    agreement: float
    compared: int
    shared: int
    asked: int
    offset: float
    slope: float
    pitch: float
    tempo: float
    first: int
    last: int
    parts: int = 1


def verify(
    words: NDArray[np.uint32], reference: NDArray[np.uint32], line: Line, *, weights: NDArray[np.float64] = WEIGHTS
) -> Agreement:
    """Compare words along a line and its neighbours.

    Parameters
    ----------
    words : ndarray of uint32, shape (13, frames)
        The query's words, one row for each pitch that it may have been shifted by (-6 to 6 in 1/36 octave); 0 is no
        evidence.
    reference : ndarray of uint32, shape (n,)
        The call's words, one for every second frame from its first; 0 is no evidence.
    line : Line
        What `candidates` found.
    weights : ndarray of float64, shape (33,)
        What 0 to 32 equal bits of a word say.

    Returns
    -------
    Agreement
        Of the best of the lines that were tried; its evidence is 0 where nothing speaks for any.

    Raises
    ------
    ValueError
        When the words haven't 13 rows.
    """
    if words.ndim != 2 or len(words) != SHIFTS:
        raise ValueError(f"expected words for {SHIFTS} pitches, not shape {words.shape}")
    reference = np.ascontiguousarray(reference, np.uint32)
    best = np.array([0.0, -1.0, line.slope, line.frame - line.slope * line.query_frame])
    slopes = _slopes(line, words.shape[1])
    for row in _rows(line.shift):
        search(row, words[row], reference, slopes, line.query_frame, line.frame, weights, best)
    if best[1] >= 0:
        refine(words[int(best[1])], reference, weights, best)
    evidence, slope, offset, row = float(best[0]), float(best[2]), float(best[3]), int(best[1])
    asked = int(np.count_nonzero(words[UNSHIFTED]))
    if row < 0:
        pitch = 2.0 ** (-line.shift / 48.0)
        return Agreement(line.call, 0.0, 0.5, 0, 0, asked, offset, slope, pitch, slope, 0, -1)
    pieces = [_stretch(words[row], reference, slope, offset, weights)]
    if evidence >= _TELLING and pieces[0].shared < LEAST_SHARED:
        evidence += _further(words[row], reference, slope, weights, pieces)
    compared = sum(piece.compared for piece in pieces)
    return Agreement(
        call=line.call,
        evidence=evidence,
        agreement=sum(piece.equal for piece in pieces) / (32.0 * compared),
        compared=compared,
        shared=sum(piece.shared for piece in pieces),
        asked=asked,
        offset=offset,
        slope=slope,
        pitch=2.0 ** ((row - UNSHIFTED) / 36.0),
        tempo=slope,
        first=min(piece.first for piece in pieces),
        last=max(piece.last for piece in pieces),
        parts=len(pieces),
    )


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch on one line: first and last frame of the query, equal bits and compared words."""

    first: int
    last: int
    equal: int
    compared: int

    @property
    def shared(self) -> int:
        return self.last - self.first + 1


def _stretch(
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slope: float,
    offset: float,
    weights: NDArray[np.float64],
) -> _Piece:
    """Find where what is shared begins and ends: what lies between that stretch's mean and chance belongs to it."""
    stretch = np.zeros(4, np.int64)
    along(words, reference, slope, offset, weights, stretch)
    middle = 0.5 * (stretch[2] / stretch[3] + 16.0)
    along(words, reference, slope, offset, np.arange(33) - middle, stretch)
    return _Piece(*stretch.tolist())


def _further(
    words: NDArray[np.uint32],
    reference: NDArray[np.uint32],
    slope: float,
    weights: NDArray[np.float64],
    pieces: list[_Piece],
) -> float:
    """Look for the rest of a message that was cut up, anywhere in the call; what it adds to the evidence."""
    rest, added = words.copy(), 0.0
    while len(pieces) < _MOST_PARTS:
        rest[pieces[-1].first : pieces[-1].last + 1] = 0
        evidence, offset = anywhere(rest, reference, slope, weights)
        if evidence < _TELLING:
            break
        piece = _stretch(rest, reference, slope, offset, weights)
        if piece.shared < _LEAST_PART:
            break
        pieces.append(piece)
        added += evidence - _PART_COST
    return added


def _rows(shift: float) -> list[int]:
    """Rows to try: the nearest to the pitch that the hits have, and its neighbours."""
    nearest = UNSHIFTED - round(shift * 36.0 / 48.0)
    return [row for row in (nearest, nearest - 1, nearest + 1) if 0 <= row < SHIFTS]


def _slopes(line: Line, frames: int) -> NDArray[np.float64]:
    """Slopes to try: as many as the hits leave open, the original speed among them where it may be that."""
    step = max(2.0 * SLOPE_FRAMES / max(frames, 100), 0.002)
    open_ = 2.5 / max(line.spread * sqrt(max(line.hits, 1)) / 2.0, 1.0)
    tries = min(max(ceil(open_ / step), 1), _SLOPE_TRIES)
    slopes = line.slope + step * np.arange(-tries, tries + 1)
    if abs(line.slope - 1.0) <= max(0.03, tries * step):
        slopes = np.append(slopes[np.abs(slopes - 1.0) > 0.3 * step], 1.0)
    return np.asarray(slopes, np.float64)
