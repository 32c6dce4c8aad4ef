"""Which windows become reference rows: those that the others would get wrong, and a fair sample of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf.candidates import Candidates, find_candidates
from features.dtmf.judge import judge, prepare
from features.dtmf.keys import BLOCK
from features.dtmf.windows import KIND, KINDS, LENGTHS
from models.dtmf.presses import Dialled

_OVERLAP: Final = 0.8  # of a window that a press fills at least when the window is an example of it
_ROUNDS: Final = 4
_DOUBTFUL: Final = 0.5  # shares on the wrong side of this make a row hard


@dataclass(frozen=True, slots=True)
class Examples:
    """Windows of one kind: ``window`` (n,) which length, ``traits`` (n, TRAITS)."""

    window: NDArray[np.int64]
    traits: NDArray[np.float32]


def examples_of_keys(dialled: Dialled) -> Examples:
    """Return the windows of a stream that hold one of its presses and nothing else."""
    found = find_candidates(dialled.pcm)
    begin = found.block * BLOCK
    end = begin + LENGTHS[found.shape] * BLOCK
    keep = np.zeros(len(begin), np.bool_)
    for press in dialled.presses:
        inside = np.minimum(end, press.end) - np.maximum(begin, press.start)
        keep |= (found.key == press.key) & (inside >= _OVERLAP * (end - begin))
    return _some(found, keep)


def examples_of_others(pcm: NDArray[np.int16]) -> Examples:
    """Return the windows of a sound without digits that pass the gates all the same."""
    found = find_candidates(pcm)
    return _some(found, np.ones(len(found.key), np.bool_))


def _some(found: Candidates, keep: NDArray[np.bool_]) -> Examples:
    return Examples(KIND[found.shape[keep]], found.traits[keep])


def join(parts: Sequence[Examples]) -> Examples:
    """Return all examples as one."""
    return Examples(np.concatenate([p.window for p in parts]), np.concatenate([p.traits for p in parts]))


def choose(rng: np.random.Generator, keys: Examples, others: Examples, *, each: int) -> NDArray[np.float32]:
    """Choose reference rows.

    Half of them are drawn at random; then, in rounds, come those of the rest that the chosen ones judge worst.

    Parameters
    ----------
    rng : numpy.random.Generator
    keys, others : Examples
    each : int
        Rows for each window length and each kind, at most.

    Returns
    -------
    ndarray of float32, shape (n, 2 + TRAITS)
        As `features.dtmf.judge.prepare` takes it.
    """
    chosen = [_draw(rng, np.flatnonzero(kind.window == w), each // 2) for kind in (keys, others) for w in range(KINDS)]
    picked = [np.concatenate(chosen[:KINDS]), np.concatenate(chosen[KINDS:])]
    for _ in range(_ROUNDS):
        known = prepare(_table(keys, others, picked))
        for side, kind in enumerate((keys, others)):
            rest = np.setdiff1d(np.arange(len(kind.window)), picked[side])
            share = judge(kind.traits[rest], kind.window[rest], known)
            wrongness = 1 - share if side == 0 else share
            for w in range(KINDS):
                here = np.flatnonzero(kind.window[rest] == w)
                order = here[np.argsort(-wrongness[here], kind="stable")]
                hard = order[wrongness[order] > 1 - _DOUBTFUL if side == 0 else wrongness[order] > 0.1]
                # a crowd of the hardest are alike: every so many is taken
                new = _draw(rng, hard, each // 2 // _ROUNDS)
                picked[side] = np.concatenate([picked[side], rest[new]])
    return _table(keys, others, picked)


def _draw(rng: np.random.Generator, where: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    return np.sort(rng.permutation(where)[:count])


def _table(keys: Examples, others: Examples, picked: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    parts = []
    for side, kind in enumerate((keys, others)):
        where = np.sort(picked[side])
        head = np.stack([kind.window[where], np.full(len(where), 1 - side)], axis=1)
        parts.append(np.concatenate([head.astype(np.float32), kind.traits[where]], axis=1))
    return np.concatenate(parts)
