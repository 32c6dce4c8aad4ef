"""How well labels are told: precision and recall of each, by source."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.classifier import ChunkClassifier
from models.dataset.examples import Example


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Figures of one label.

    Attributes
    ----------
    label : str
    precision : float
        Of the chunks given this label, the share that has it; nan-free: 0 when none was given it.
    recall : float
        Of the chunks that have this label, the share given it; 0 when none has it.
    chunks : int
        That have it.
    """

    label: str
    precision: float
    recall: float
    chunks: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over some examples.

    Attributes
    ----------
    labels : list of LabelFigures
        Of every label in the truth or given, in the order of their names.
    accuracy : float
        Share of chunks with their own label; undecided counts as wrong.
    undecided : float
        Share of chunks left undecided.
    chunks : int
    mistakes : list of tuple of (source, truth, given, count)
        Most frequent first.
    """

    labels: list[LabelFigures]
    accuracy: float
    undecided: float
    chunks: int
    mistakes: list[tuple[str, str, str, int]]


def evaluate(classifier: ChunkClassifier, examples: Sequence[Example]) -> Evaluation:
    """Judge examples and compare.

    Parameters
    ----------
    classifier : ChunkClassifier
    examples : sequence of Example

    Returns
    -------
    Evaluation
    """
    given = [judgement.label for judgement in classifier.classify([one.evidence for one in examples])]
    truth = [one.label for one in examples]
    wrong: dict[tuple[str, str, str], int] = {}
    for one, label in zip(examples, given, strict=True):
        if label != one.label:
            key = (one.source, one.label, label)
            wrong[key] = wrong.get(key, 0) + 1
    total = max(len(examples), 1)
    return Evaluation(
        labels=[_figures(label, truth, given) for label in sorted(set(truth) | set(given) - {"undecided"})],
        accuracy=sum(t == g for t, g in zip(truth, given, strict=True)) / total,
        undecided=given.count("undecided") / total,
        chunks=len(examples),
        mistakes=sorted(((*key, count) for key, count in wrong.items()), key=lambda m: (-m[3], m)),
    )


def _figures(label: str, truth: list[str], given: list[str]) -> LabelFigures:
    right = sum(t == g == label for t, g in zip(truth, given, strict=True))
    return LabelFigures(
        label=label,
        precision=right / max(given.count(label), 1),
        recall=right / max(truth.count(label), 1),
        chunks=truth.count(label),
    )
