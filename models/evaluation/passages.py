"""How well the parts of mixed chunks are told: block by block, and where one gives way to the other."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCKS
from models.dataset.store import Entry
from models.evidence import CHUNK_SECONDS
from models.passages.model import NOBODY
from models.passages.smoothing import runs
from models.passages.truth import block_truth

NEAR_S: Final = 0.3  # a change is found when one of the right kind is told so near
_GAP_S: Final = 0.5  # doubt between two passages beyond which nobody can say where the change is
_BLOCK_S: Final = CHUNK_SECONDS / BLOCKS


@dataclass(slots=True)
class MixFigures:
    """Figures of one kind of chunk.

    Attributes
    ----------
    kind : str
    right : list of int
        Blocks told right, chunk by chunk.
    blocks : list of int
        Blocks whose truth is known, chunk by chunk.
    groups : list of str
        Group of each chunk.
    errors_s : list of float
        Of each change in the truth: how far away the nearest change of the same kind is told, infinite for none.
    error_groups : list of str
    """

    kind: str
    right: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    errors_s: list[float] = field(default_factory=list)
    error_groups: list[str] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        """Share of the blocks told right; NaN where there are none."""
        return sum(self.right) / sum(self.blocks) if sum(self.blocks) else float("nan")

    @property
    def found(self) -> int:
        """Changes told within `NEAR_S`."""
        return sum(error <= NEAR_S + 1e-9 for error in self.errors_s)

    @property
    def median_s(self) -> float:
        """Median distance of the changes that were told at all, seconds; NaN where there are none."""
        told = [error for error in self.errors_s if np.isfinite(error)]
        return float(np.median(told)) if told else float("nan")


def is_mixed(entry: Entry) -> bool:
    """Whether more than one label is known to be in a chunk."""
    return len({_plain(label) for label, _, _ in entry.passages}) > 1


def told_blocks(label: str, passages: Sequence[tuple[str, float, float]]) -> list[str]:
    """Label of each block as told: of its passage, or the chunk's where it has none."""
    names = [_plain(label)] * BLOCKS
    for name, start, duration in passages:
        for block in range(round(start / _BLOCK_S), round((start + duration) / _BLOCK_S)):
            names[block] = _plain(name)
    return names


def mix_figures(entries: Sequence[Entry], told: Sequence[list[str]]) -> dict[str, MixFigures]:
    """Figures of each kind of mixed chunk, and of those that are not mixed as "one sound".

    Parameters
    ----------
    entries : sequence of Entry
    told : sequence of list of str
        From `told_blocks`.
    """
    found: dict[str, MixFigures] = {}
    for entry, names in zip(entries, told, strict=True):
        kind = entry.kind if is_mixed(entry) else "one sound"
        of = found.setdefault(kind, MixFigures(kind))
        truth = block_truth(entry.passages)
        known = [(name, wanted) for name, wanted in zip(names, truth, strict=True) if wanted is not None]
        if known:
            of.right.append(sum(name == wanted for name, wanted in known))
            of.blocks.append(len(known))
            of.groups.append(entry.group)
        for error in _errors(entry.passages, names):
            of.errors_s.append(error)
            of.error_groups.append(entry.group)
    return found


def accuracy_of(pairs: NDArray[np.float64]) -> float:
    """Share of blocks told right, of rows (right, blocks)."""
    return float(pairs[:, 0].sum() / pairs[:, 1].sum()) if len(pairs) and pairs[:, 1].sum() else float("nan")


def _errors(passages: Sequence[tuple[str, float, float]], names: Sequence[str]) -> list[float]:
    parts = runs(names)
    told = [(a[0], b[0], b[1] * _BLOCK_S) for a, b in itertools.pairwise(parts)]
    errors: list[float] = []
    for (before, start, duration), (after, begin, _) in itertools.pairwise(passages):
        end = start + duration
        if _plain(before) == _plain(after) or begin - end > _GAP_S:
            continue
        near = [_outside(at, end, begin) for a, b, at in told if (a, b) == (_plain(before), _plain(after))]
        errors.append(min(near, default=float("inf")))
    return errors


def _outside(at: float, begin: float, end: float) -> float:
    """How far a moment lies outside a stretch of doubt."""
    return max(begin - at, at - end, 0.0)


def _plain(label: str) -> str:
    return NOBODY if label in {"dead_air", "noise"} else label
