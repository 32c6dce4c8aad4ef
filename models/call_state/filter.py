"""A call's label by a forward filter over its last chunks, of a hidden Markov model whose numbers are set.

States are what a call can be. A state gives chunks of its own label, some of quiet where its sound has pauses, and now
and then any other; it seldom changes, and who speaks stays a speaker (L. Rabiner, "A tutorial on hidden Markov models",
1989). The numbers are set, not counted: counted ones would belong to one model of chunks, and were no better.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from models.call_state.labels import CallLabel, ChunkLabel, in_a_row

QUIET: Final = ("no_media", "digital_silence", "comfort_noise", "dead_air")
# Of the chunks of a call, how many are quiet although something goes on: pauses of talk, of cadences, between keys.
_PAUSES: Final = {
    "speech": 0.25,
    "noise": 0.15,
    "music_or_hold": 0.05,
    "modem": 0.05,
    "fax": 0.5,
    "busy": 0.1,
    "ringback": 0.5,
    "sit": 0.5,
    "dtmf": 0.4,
}
_STATES: Final = (*QUIET, *_PAUSES)
_PLACES: Final = {label: place for place, label in enumerate(_STATES)}
# All tuned on made calls of the training side (`callsieve evaluate calls --side train`).
_STAYS: Final = 0.9
_LEAVES_SPEECH: Final = 1e-4
_OWN: Final = 0.97  # of the chunks have a label that the state explains
_FAX_DATA: Final = 0.6  # a fax call's pages are chunks of modem
_MISTAKEN: Final = 0.02  # of the chunks say nothing at all
_OUTSPOKEN: Final = frozenset({*QUIET, "music_or_hold"})
_SPOKE: Final = 0.6  # of a chunk: who spoke once is no silent caller; turning one away costs most


def _change() -> NDArray[np.float64]:
    """From row to column, rows sum to 1."""
    count = len(_STATES)
    found = np.full((count, count), (1.0 - _STAYS) / (count - 1))
    np.fill_diagonal(found, _STAYS)
    speech = _PLACES["speech"]
    found[speech] = _LEAVES_SPEECH / (count - 1)
    found[speech, speech] = 1.0 - _LEAVES_SPEECH
    return found


def _gives() -> NDArray[np.float64]:
    """Probability that a state (row) gives a chunk of a label (column, in the order of the states)."""
    found = np.full((len(_STATES), len(_STATES)), (1.0 - _OWN) / len(_STATES))
    for state, place in _PLACES.items():
        pauses = _PAUSES.get(state, 0.0)
        found[place, : len(QUIET)] += _OWN * pauses / len(QUIET)
        found[place, place] += _OWN * (1.0 - pauses)
    found[_PLACES["fax"], _PLACES["modem"]] += _FAX_DATA
    return np.asarray(found / found.sum(axis=1, keepdims=True))


_CHANGE: Final = _change()
_GIVES: Final = _gives()


def call_label(history: Sequence[ChunkLabel]) -> CallLabel:
    """Judge a call by its last chunks, oldest first.

    Parameters
    ----------
    history : sequence of ChunkLabel
        At least one.

    Returns
    -------
    CallLabel
        The likeliest state now. Where that is a quiet one though somebody spoke, it is speech; so it is where music
        was heard and the newest chunk is speech. Reasons: ``heard``, ``spoke``, ``nothing_certain`` (no chunk had a
        label).

    Raises
    ------
    ValueError
        If there are no chunks.
    """
    if not history:
        raise ValueError("a call without chunks can't be judged")
    names = [chunk.label for chunk in history]
    if set(names) == {"undecided"}:
        return CallLabel("undecided", 0.0, {}, len(names), ["nothing_certain"])
    weights = _forward(np.array([_seen(chunk) for chunk in history]), _CHANGE, _GIVES)
    best = _STATES[int(np.argmax(weights))]
    told = {name: float(p) for name, p in zip(_STATES, weights, strict=True) if p >= 1e-6}
    if best in _OUTSPOKEN:
        who = history if best in QUIET else history[-1:]
        spoken = max((chunk.probability for chunk in who if chunk.label == "speech"), default=0.0)
        if spoken >= _SPOKE:
            return CallLabel("speech", spoken, told, in_a_row(names, "speech"), ["spoke"])
    # mistakes of one call's chunks are alike: many of them are no surer than the surest
    surest = max((chunk.probability for chunk in history if chunk.label == best), default=1.0)
    return CallLabel(best, min(float(weights.max()), surest), told, in_a_row(names, best), ["heard"])


def _seen(chunk: ChunkLabel) -> list[float]:
    """What a chunk was judged to be, over the states' labels."""
    seen = [0.0] * len(_STATES)
    for label, probability in (chunk.probabilities or {chunk.label: chunk.probability}).items():
        place = _PLACES.get(label)
        if place is not None:
            seen[place] = probability
    return seen


@njit(cache=True, nogil=True)
def _forward(seen, change, gives):  # type: ignore[no-untyped-def]
    """Probabilities of the states after the last row of `seen`; what a row leaves open is spread over all labels."""
    states = change.shape[0]
    weights = np.full(states, 1.0 / states)
    for row in range(seen.shape[0]):
        if row:
            weights = weights @ change
        doubt = max(1.0 - seen[row].sum(), 0.0) / states
        weights = weights * ((1.0 - _MISTAKEN) * (gives @ (seen[row] + doubt)) + _MISTAKEN / states)
        weights /= weights.sum()
    return weights
