"""The passages of chunks: certain blocks, heard blocks, smoothed and settled with the chunk's own label."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCKS
from models.evidence import ALL_FAMILIES, CHUNK_SECONDS, Evidence
from models.passages.certain import CERTAIN, LEVEL, RECEIVED, UNCERTAIN, certain_blocks
from models.passages.columns import block_matrix
from models.passages.passage import Passage
from models.passages.smoothing import likeliest_paths, runs
from models.rules import DEAD_AIR_DBFS

NOBODY: Final = "nobody"
HEARD: Final[tuple[str, ...]] = ("modem", "music_or_hold", NOBODY, "speech")
CLASSES: Final = (*HEARD, *(name for name in CERTAIN if name not in HEARD))  # a modem is known by its tone or its sound

CHANGE: Final = 0.5  # tuned on the grouped folds of the training split
_BY_LEVEL: Final = frozenset({"dead_air", "noise"})
_CERTAIN_CLASS: Final = np.array([CLASSES.index(name) for name in CERTAIN])
_SURE: Final = 0.98  # of what is certain: two blocks of it outweigh a change
_OTHER: Final = 0.01  # weight of a sound that is not the chunk's own; tuned there too
_ALONE: Final = frozenset({*HEARD, "digital_silence", "busy", "dtmf"})  # chunks beside which other sounds are unlikely
_NAMELESS: Final = frozenset({"ringback", "busy"})
_LONE_SHARE: Final = 0.1  # of a block
_KNOWN: Final = 0.15  # a label that no block gives this much is not inside the chunk for the blocks' ears
_CADENCED: Final = frozenset({"busy", "ringback", "fax", "dtmf", "sit"})
_BUSY_PAUSE: Final = 4  # blocks: busy tones pause for 0.75 s at most (ITU-T E.180)
_QUIET: Final = frozenset({NOBODY, "digital_silence", "comfort_noise"})
_BLOCK_S: Final = CHUNK_SECONDS / BLOCKS


class BlockGraph(Protocol):
    """What gives the probabilities of `HEARD`, in that order."""

    def probabilities(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of each row, shape (n, len(HEARD))."""
        ...


class BlockModel:
    """Tells the passages of chunks, many at a time. Safe to share between threads."""

    def __init__(self, graph: BlockGraph) -> None:
        self._graph = graph

    def passages(self, evidence: Sequence[Evidence], labels: Sequence[str]) -> list[tuple[Passage, ...]]:
        """Passages of each chunk that is mixed.

        Parameters
        ----------
        evidence : sequence of Evidence
        labels : sequence of str
            What each chunk was judged to be. One of its passages has this label; where no block knows of it, the
            chunk's label stands alone. An undecided chunk asks for nothing.

        Returns
        -------
        list of tuple of Passage
            As long as `evidence`; empty where a chunk isn't mixed, or has no blocks. A loss alone doesn't make it so.

        Raises
        ------
        ValueError
            When blocks are not finite or of another shape.
        """
        found: list[tuple[Passage, ...]] = [()] * len(evidence)
        asked = [place for place, one in enumerate(evidence) if one.blocks.any()]
        if not asked:
            return found
        measured = [evidence[place] for place in asked]
        chances = settled_with(self.chances(measured), measured, [labels[place] for place in asked])
        named = block_labels(chances)
        for place, one, rows, names in zip(asked, measured, chances, named, strict=True):
            found[place] = _passages(one, rows, names, labels[place])
        return found

    def chances(self, evidence: Sequence[Evidence]) -> NDArray[np.float64]:
        """Probabilities of all `CLASSES` for each block: what is certain is nearly so, the rest is heard.

        Parameters
        ----------
        evidence : sequence of Evidence

        Returns
        -------
        ndarray of float64, shape (len(evidence), 10, len(CLASSES))
        """
        heard = self._graph.probabilities(block_matrix(evidence)).astype(np.float64)
        chances = np.zeros((len(evidence), BLOCKS, len(CLASSES)))
        chances[:, :, : len(HEARD)] = heard.reshape(len(evidence), BLOCKS, -1)
        certain = certain_blocks(evidence)
        chunk, block = np.nonzero(certain != UNCERTAIN)
        chances[chunk, block] *= 1.0 - _SURE
        chances[chunk, block, _CERTAIN_CLASS[certain[chunk, block]]] = _SURE
        return chances


def settled_with(
    chances: NDArray[np.float64], evidence: Sequence[Evidence], labels: Sequence[str]
) -> NDArray[np.float64]:
    """What blocks are heard to be, given what their chunk was judged to be from all of its two seconds.

    Parameters
    ----------
    chances : ndarray of float64, shape (n, 10, len(CLASSES))
    evidence : sequence of Evidence
    labels : sequence of str
        Of the chunks.

    Returns
    -------
    ndarray of float64, shape (n, 10, len(CLASSES))
        Sounds other than the chunk's own are less likely, that nobody speaks for a moment is not. Beside a tone
        anything may be heard: the tone alone decided. A tone too short for its cadence to be known is a ring where
        the chunk was told to be ring-back, and busy where it was told to be busy.
    """
    weights = np.ones((len(labels), 1, len(CLASSES)))
    for place, label in enumerate(labels):
        if (own := _plain(label)) in _ALONE:
            others = [at for at, name in enumerate(HEARD) if name not in (own, NOBODY)]
            weights[place, 0, others] = _OTHER
    weighted = chances * weights
    for place, label in enumerate(labels):
        if label in _NAMELESS:
            lone = evidence[place].tone_blocks[:, ALL_FAMILIES.index("tone")] >= _LONE_SHARE
            weighted[place, lone] = (1.0 - _SURE) / len(CLASSES)
            weighted[place, lone, CLASSES.index(label)] = _SURE
    return np.asarray(weighted / np.maximum(weighted.sum(axis=2, keepdims=True), 1e-12))


def block_labels(chances: NDArray[np.float64], change: float = CHANGE) -> list[list[str]]:
    """Smoothed label of each block, pauses of a cadence taken for its tone.

    Parameters
    ----------
    chances : ndarray of float64, shape (n, 10, len(CLASSES))
    change : float
        See `models.passages.smoothing.likeliest_paths`.

    Returns
    -------
    list of list of str
        For each chunk ten of `CLASSES`.
    """
    paths = np.argmax(chances, axis=2)
    mixed = np.flatnonzero((paths != paths[:, :1]).any(axis=1))
    if mixed.size:
        paths[mixed] = likeliest_paths(chances[mixed], change)
    return [_bridged([CLASSES[place] for place in path]) for path in paths.tolist()]


def _plain(label: str) -> str:
    """Dead air and noise are one for the ear: the level tells them apart."""
    return NOBODY if label in _BY_LEVEL else label


def _bridged(names: list[str]) -> list[str]:
    parts = runs(names)
    for before, pause, after in zip(parts, parts[1:], parts[2:], strict=False):
        if before[0] == after[0] and before[0] in _CADENCED and pause[0] in _QUIET:
            names[pause[1] : pause[1] + pause[2]] = [before[0]] * pause[2]
    return _closed(_closed(names)[::-1])[::-1]


def _closed(names: list[str]) -> list[str]:
    """The same with quiet at the end taken for a pause, where a tone of short pauses stands before it."""
    parts = runs(names)
    if len(parts) > 1 and parts[-1][0] in _QUIET and parts[-2][0] == "busy" and parts[-1][2] <= _BUSY_PAUSE:
        return names[: parts[-1][1]] + ["busy"] * parts[-1][2]
    return names


def _passages(evidence: Evidence, chances: NDArray[np.float64], names: list[str], label: str) -> tuple[Passage, ...]:
    own = _plain(label)
    if own in CLASSES and own not in names:
        column = chances[:, CLASSES.index(own)]
        if column.max() < _KNOWN:
            return ()
        names = _settled(names, column, own)
    parts = runs(names)
    if len({name for name, _, _ in parts} - {"no_media"}) < 2:
        return ()  # what did not come is no other sound: coverage tells of it
    found = tuple(_passage(evidence, chances, *part) for part in parts)
    if own != NOBODY or label in {each.label for each in found}:
        return found
    # the chunk's level counts where that of its passages says otherwise
    return tuple(replace(each, label=label) if each.label in _BY_LEVEL else each for each in found)


def _settled(names: list[str], chances: NDArray[np.float64], label: str) -> list[str]:
    """With a label that must be there, where it is likeliest: the block, and those beside it half as likely."""
    best = int(np.argmax(chances))
    likely = chances >= 0.5 * chances[best]
    first = last = best
    while first > 0 and likely[first - 1]:
        first -= 1
    while last + 1 < len(names) and likely[last + 1]:
        last += 1
    return [label if first <= block <= last else name for block, name in enumerate(names)]


def _passage(evidence: Evidence, chances: NDArray[np.float64], name: str, first: int, count: int) -> Passage:
    inside = slice(first, first + count)
    probability = float(chances[inside, CLASSES.index(name)].mean())
    if name == NOBODY:
        weights = evidence.blocks[inside, RECEIVED].astype(np.float64)
        power = 10.0 ** (evidence.blocks[inside, LEVEL].astype(np.float64) / 10.0)
        level = 10.0 * np.log10(float(weights @ power) / max(float(weights.sum()), 1e-9) + 1e-12)
        name = "dead_air" if level < DEAD_AIR_DBFS else "noise"
    return Passage(name, first * _BLOCK_S, count * _BLOCK_S, min(max(probability, 0.0), 1.0))
