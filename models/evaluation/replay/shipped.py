"""The fingerprint that callsieve uses, asked about the same replays."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import STORED_STEP, UNSHIFTED, Fingerprint, fingerprint, postings, probes
from features.matching.agreement import verify
from features.matching.chance import false_match_probability
from features.matching.hits import hits
from features.matching.lines import candidates
from features.matching.memory import MemoryIndex
from models.evaluation.replay.calls import Call
from models.evaluation.replay.modifications import Modification

_LEAST: Final = 1e-300


def chances(
    calls: Sequence[Call], modified: Sequence[Modification], seed: int, tell: Callable[[int, int], None]
) -> NDArray[np.float64]:
    """How probable it is that chance alone makes each replay and each call agree so well.

    Parameters
    ----------
    calls : sequence of Call
        All are enrolled, whole.
    modified : sequence of Modification
    seed : int
        Of chances in the modifications: the same as for the codebooks.
    tell : callable
        Told modifications done and how many there are.

    Returns
    -------
    ndarray of float64, shape (modifications, calls, calls)
        [m, q, c]: natural logarithm for call q, modified by m, and call c; 0 where they have nothing in common.
    """
    index = MemoryIndex()
    for number, call in enumerate(calls):
        taken = fingerprint(call.pcm)
        index.add(number, postings(taken), taken.words[UNSHIFTED, ::STORED_STEP])
    found = np.zeros((len(modified), len(calls), len(calls)))
    for m, modification in enumerate(modified):
        tell(m, len(modified))
        for q, call in enumerate(calls):
            found[m, q] = _chances(index, fingerprint(modification.heard(call.pcm, seed, q)), len(calls))
    tell(len(modified), len(modified))
    return found


def _chances(index: MemoryIndex, heard: Fingerprint, calls: int) -> NDArray[np.float64]:
    logs = np.zeros(calls)
    asked = probes(heard)
    for line in candidates(hits(*index.rows(asked.keys), asked)):
        chance = false_match_probability(verify(heard.words, index.words(line.call), line))
        logs[line.call] = min(logs[line.call], np.log(max(chance, _LEAST)))
    return logs
