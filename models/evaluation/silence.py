"""Dead air against everything else from two seconds, on recordings never trained on, beside other ways to tell it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.artifact import ModelInfo
from models.classifier import ChunkClassifier
from models.dataset.store import Dataset, Entry, open_dataset
from models.errors import ModelError
from models.evaluation.baselines import BASELINES
from models.evaluation.baselines.protocol import Baseline
from models.evaluation.comparing import NEVER, Answers, ask, threshold_at
from models.evaluation.cost import baseline_cost, own_cost
from models.evaluation.extras import needed
from models.evaluation.hard import is_hard, silence_case, speech_to_keep
from models.evaluation.heard import Heard, hear
from models.evaluation.kept import KeptAnswers
from models.evaluation.outcome import Share, share

Tell = Callable[[str, int, int], None]
Mask = NDArray[np.bool_]

RATE: Final = 2e-4  # of false positives, for which thresholds are set
_LEARNT: Final = 40_000  # chunks of train that baselines learn from at most: more would take more than ten minutes
_TIMED: Final = 320  # chunks that each way's cost is measured on


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell dead air, measured on the test chunks.

    Attributes
    ----------
    name, about : str
    scores : ndarray of float64, shape (n,)
        Higher is likelier dead air.
    recall, false_positives : Share
        At the threshold that was set beforehand.
    cost_ms : float
        CPU of one chunk.
    """

    name: str
    about: str
    scores: NDArray[np.float64]
    recall: Share
    false_positives: Share
    cost_ms: float


@dataclass(frozen=True, slots=True)
class SilenceReport:
    """All figures of the page.

    Attributes
    ----------
    dataset : Dataset
    seed : int
    model : ModelInfo
        Ours.
    entries : list of Entry
        Of the test chunks.
    truth, hard : ndarray of bool, shape (n,)
        Which are dead air; which are in its box of levels and aren't.
    labels : ndarray of str, shape (n,)
        That our model gives.
    ours : Way
    learnt : int
        Chunks of train that the baselines learnt from.
    raw, ruled : list of Way
        Baselines by themselves, and with our rules before them.
    hard_false_positives, plain_false_positives : Share
        Of ours, on the hard set and on all else that isn't dead air.
    silences : list of (name, chunks of test, called dead air, chunks of train, called dead air)
    acted_on : dict of str to list of str
        Action of the policy to the labels that it may follow from.
    speech : Share
        Of speech of -60 dBFS and more, what is called one of these labels.
    """

    dataset: Dataset
    seed: int
    model: ModelInfo
    entries: list[Entry]
    truth: Mask
    hard: Mask
    labels: NDArray[np.str_]
    ours: Way
    learnt: int
    raw: list[Way]
    ruled: list[Way]
    hard_false_positives: Share
    plain_false_positives: Share
    silences: list[tuple[str, int, int, int, int]]
    acted_on: dict[str, list[str]]
    speech: Share


def evaluate_silence(
    path: Path,
    model: Path | None,
    actions: Mapping[str, Sequence[str]],
    *,
    seed: int = 1,
    baselines: Sequence[Baseline] = BASELINES,
    kept: Path | None = None,
    tell: Tell,
) -> SilenceReport:
    """Measure our model and the baselines.

    Parameters
    ----------
    path : Path
        Of the data set.
    model : Path or None
        Folder of our model; the shipped one when None.
    actions : mapping of str to sequence of str
        Action of the policy, such as "block", to the labels that it may follow from.
    seed : int
        Of learners and of drawn recordings.
    baselines : sequence of Baseline
    kept : Path, optional
        Folder of what baselines came to on this data set before.
    tell : callable
        Told a stage, how much of it is done, and how much there is.

    Returns
    -------
    SilenceReport

    Raises
    ------
    ModelError
        When data set or model can't be used, a split has no dead air or nothing else, or a baseline's library isn't
        installed.
    """
    for way in baselines:  # before minutes are spent
        for module in way.needs:
            needed(module)
    classifier = ChunkClassifier.load(model)
    dataset = open_dataset(path)
    train, test = (_numbers(dataset, split) for split in ("train", "test"))
    answers = KeptAnswers(kept, dataset, seed) if kept is not None else None
    chosen = _some(train, seed)
    known = [answers.read(way, len(chosen), len(test)) if answers is not None else None for way in baselines]
    asked = [way for way, before in zip(baselines, known, strict=True) if before is None]
    silences = [i for i in train if silence_case(dataset, i) is not None]
    learnt = hear(dataset, chosen, model, asked, lambda done, of: tell("train chunks", done, of))
    silent = hear(dataset, silences, model, [], lambda done, of: tell("train silences", done, of))
    heard = hear(dataset, test, model, asked, lambda done, of: tell("test chunks", done, of))
    entries = [dataset.entries[i] for i in test]
    truth, learnt_truth = _dead_air(entries), _dead_air([dataset.entries[i] for i in chosen])
    timed = test[:: max(len(test) // _TIMED, 1)][:_TIMED]
    measured = _Measuring(entries, truth, seed)
    raw: list[Way] = []
    ruled: list[Way] = []
    for way, before in zip(baselines, known, strict=True):
        found = before or _asked(dataset, way, asked.index(way), chosen, learnt, heard, timed, seed, tell)
        if before is None and answers is not None:
            answers.write(way, found)
        for ways, here, there in ((raw, True, True), (ruled, learnt.possible, heard.possible)):
            threshold = threshold_at(np.where(here, found.unseen, NEVER), learnt_truth, RATE)
            scores = np.where(there, found.scores, NEVER)
            ways.append(measured.told(way.name, way.about, scores, scores > threshold, found.cost_ms))
    called = heard.labels == "dead_air"
    hard = np.array([is_hard(one) for one in entries], dtype=np.bool_)
    acted_on = np.isin(heard.labels, [label for labels in actions.values() for label in labels])
    return SilenceReport(
        dataset=dataset,
        seed=seed,
        model=classifier.info,
        entries=entries,
        truth=truth,
        hard=hard,
        labels=heard.labels,
        ours=measured.told("callsieve", "our model, at the thresholds it is shipped with", heard.dead_air, called,
                           own_cost(classifier, dataset, timed)),
        learnt=len(chosen),
        raw=raw,
        ruled=ruled,
        hard_false_positives=measured.share(called, hard),
        plain_false_positives=measured.share(called, ~truth & ~hard),
        silences=_silences(dataset, test, called, silences, silent.labels == "dead_air"),
        acted_on={action: list(labels) for action, labels in actions.items()},
        speech=measured.share(acted_on, speech_to_keep(entries)),
    )  # fmt: skip


def recording(entry: Entry) -> str:
    """Name a recording across sets: chunks of it are alike and count together."""
    return f"{entry.set}/{entry.recording}"


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Shares of the test chunks."""

    entries: list[Entry]
    truth: Mask
    seed: int

    def share(self, hits: Mask, among: Mask) -> Share:
        names = [recording(one) for one, here in zip(self.entries, among, strict=True) if here]
        return share(hits[among], names, self.seed)

    def told(self, name: str, about: str, scores: NDArray[np.float64], called: Mask, cost_ms: float) -> Way:
        return Way(name, about, scores, self.share(called, self.truth), self.share(called, ~self.truth), cost_ms)


def _numbers(dataset: Dataset, split: str) -> list[int]:
    found = [i for i, one in enumerate(dataset.entries) if one.split == split]
    truth = _dead_air([dataset.entries[i] for i in found])
    if truth.all() or not truth.any():  # of nothing too
        raise ModelError(
            f"the {split} split of {dataset.path} lacks dead air or anything else: build a larger data set"
        )
    return found


def _some(train: list[int], seed: int) -> list[int]:
    """As many as baselines learn from, whatever the order is that they stand in."""
    if len(train) <= _LEARNT:
        return train
    return sorted(np.random.default_rng(seed).choice(train, _LEARNT, replace=False).tolist())


def _dead_air(entries: Sequence[Entry]) -> Mask:
    return np.array([one.label == "dead_air" for one in entries], dtype=np.bool_)


def _asked(
    dataset: Dataset,
    way: Baseline,
    place: int,
    train: list[int],
    learnt: Heard,
    heard: Heard,
    timed: Sequence[int],
    seed: int,
    tell: Tell,
) -> Answers:
    entries = [dataset.entries[i] for i in train]
    return ask(
        way,
        learnt.figures[place],
        _dead_air(entries),
        np.array([one.fold for one in entries], dtype=np.int64),
        heard.figures[place],
        seed=seed,
        cost=lambda scorer: baseline_cost(way, scorer, dataset, timed),
        tell=lambda done, of: tell(way.name, done, of),
    )


def _silences(
    dataset: Dataset, test: Sequence[int], test_called: Mask, train: Sequence[int], train_called: Mask
) -> list[tuple[str, int, int, int, int]]:
    """Count the silences of each name, and those called dead air."""
    counts: dict[str, list[int]] = {}
    for column, numbers, called in ((0, test, test_called), (2, train, train_called)):
        for number, dead in zip(numbers, called, strict=True):
            name = silence_case(dataset, number)
            if name is not None:
                row = counts.setdefault(name, [0, 0, 0, 0])
                row[column] += 1
                row[column + 1] += bool(dead)
    return [(name, row[0], row[1], row[2], row[3]) for name, row in sorted(counts.items())]
