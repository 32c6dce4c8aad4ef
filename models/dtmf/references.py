"""Which windows become reference rows: those that the others would get wrong, and a fair sample of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.dtmf.candidates import Candidates, find_candidates
from features.dtmf.judge import judge, prepare
from features.dtmf.keys import BLOCK
from features.dtmf.windows import HOLED, KIND, KINDS, LENGTHS
from models.dtmf.presses import Dialled

_OVERLAP: Final = 0.8  # of a window that a press fills at least when the window is an example of it
_EARLY: Final = 200  # samples
_FEW: Final = 8
_ROUNDS: Final = 4
_PACKET: Final = 160  # samples
_LOST: Final = 0.12  # of packets
_DOUBTFUL: Final = 0.5  # a share of keys below it makes a key's window hard
_SUSPECT: Final = 0.1  # and one above it another's


@dataclass(frozen=True, slots=True)
class Examples:
    """Windows of keys or of others: ``window`` (n,) which kind of window, ``source`` (n,), ``traits`` (n, TRAITS).

    Sources number conditions, or kinds of sound: rows are drawn from each as evenly as there are windows.
    """

    window: NDArray[np.int64]
    source: NDArray[np.int64]
    traits: NDArray[np.float32]


def examples_of_keys(source: int, dialled: Dialled, received: NDArray[np.bool_] | None = None) -> Examples:
    """Return the windows of a stream that hold one of its presses and nothing else.

    Of those that begin long after the press did, few are taken: a key is mostly heard at its beginning, and tones that
    have been on for long are music more often than not. With `received`, which tells the samples that came, only
    windows with a hole are taken.
    """
    found = find_candidates(dialled.pcm, received)
    begin = found.block * BLOCK
    end = begin + LENGTHS[found.shape] * BLOCK
    keep = np.zeros(len(begin), np.bool_)
    for press in dialled.presses:
        inside = np.minimum(end, press.end) - np.maximum(begin, press.start)
        late = begin > press.start + _EARLY
        few = ~late | (np.arange(len(begin)) % _FEW == 0)
        keep |= (found.key == press.key) & (inside >= _OVERLAP * (end - begin)) & few
    return _some(source, found, keep & (HOLED[found.shape] | (received is None)))


def examples_of_others(source: int, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> Examples:
    """Return the windows of a sound without digits that pass the gates all the same; see `examples_of_keys`."""
    found = find_candidates(pcm, received)
    return _some(source, found, HOLED[found.shape] | (received is None))


def losing(rng: np.random.Generator, samples: int) -> NDArray[np.bool_]:
    """Draw which samples come when packets of 20 ms are lost, each with the same small chance."""
    return np.repeat(rng.random(samples // _PACKET + 1) >= _LOST, _PACKET)[:samples]


def _some(source: int, found: Candidates, keep: NDArray[np.bool_]) -> Examples:
    window = KIND[found.shape[keep]]
    return Examples(window, np.full(len(window), source), found.traits[keep])


def join(parts: Sequence[Examples]) -> Examples:
    """Return all examples as one."""
    return Examples(
        np.concatenate([p.window for p in parts]),
        np.concatenate([p.source for p in parts]),
        np.concatenate([p.traits for p in parts]),
    )


def choose(rng: np.random.Generator, keys: Examples, others: Examples, *, each: int) -> NDArray[np.float32]:
    """Choose reference rows.

    Half of them are drawn at random; then, in rounds, come those of the rest that the chosen ones judge worst.

    Parameters
    ----------
    rng : numpy.random.Generator
    keys, others : Examples
    each : int
        Rows of keys and rows of others for each kind of window, at most.

    Returns
    -------
    ndarray of float32, shape (n, 2 + TRAITS)
        As `features.dtmf.judge.prepare` takes it.
    """
    chosen = [
        _draw(rng, kind, np.flatnonzero(kind.window == w), each // 2) for kind in (keys, others) for w in range(KINDS)
    ]
    picked = [np.concatenate(chosen[:KINDS]), np.concatenate(chosen[KINDS:])]
    for _ in range(_ROUNDS):
        known = prepare(_table(keys, others, picked))
        for side, kind in enumerate((keys, others)):
            rest = np.setdiff1d(np.arange(len(kind.window)), picked[side])
            share = judge(kind.traits[rest], kind.window[rest], known)
            wrongness = 1 - share if side == 0 else share
            for w in range(KINDS):
                here = np.flatnonzero(kind.window[rest] == w)
                hard = here[wrongness[here] > (1 - _DOUBTFUL if side == 0 else _SUSPECT)]
                new = _draw(rng, kind, rest[hard], each // 2 // _ROUNDS)
                picked[side] = np.concatenate([picked[side], new])
    return _table(keys, others, picked)


def _draw(rng: np.random.Generator, kind: Examples, where: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Draw so many of some windows, each source in its turn until it has no more."""
    mixed = rng.permutation(where)
    turn = np.zeros(len(mixed), np.int64)
    for source in np.unique(kind.source[mixed]):
        own = np.flatnonzero(kind.source[mixed] == source)
        turn[own] = np.arange(len(own))
    return np.sort(mixed[np.argsort(turn, kind="stable")][:count])


def _table(keys: Examples, others: Examples, picked: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    parts = []
    for side, kind in enumerate((keys, others)):
        where = np.sort(picked[side])
        head = np.stack([kind.window[where], np.full(len(where), 1 - side)], axis=1)
        parts.append(np.concatenate([head.astype(np.float32), kind.traits[where]], axis=1))
    return np.concatenate(parts)
