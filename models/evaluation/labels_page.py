"""The page on all labels: how well each is told, in each condition of the channel, and what speech is taken for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from models.calibration import expected_error
from models.classifier import LABELS, ChunkClassifier, Judgement
from models.dataset.store import Entry, open_dataset
from models.errors import ModelError
from models.evaluation.hard import speech_to_keep
from models.evaluation.labels import MacroF1, label_figures, macro_f1, mistakes
from models.evaluation.outcome import share
from models.evaluation.page import Page
from models.evaluation.plots import OURS, figure, plain
from models.evaluation.words import APART, interval, one_in, trained_on
from models.evaluation.words import figure as said
from models.table import tabulate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Labels = NDArray[np.str_]
Tell = Callable[[str, int, int], None]

CLEAN_TARGET, CHANNEL_TARGET = 0.96, 0.92  # macro F1
_OWN: Final = {"clean", "loss_heavy"}  # conditions without the channels' target: the one has its own, the other none
_BINS: Final = 10
_MISTAKES: Final = 15


@dataclass(frozen=True, slots=True)
class LabelsReport:
    """What the page rests on.

    Attributes
    ----------
    page : Path
    conditions : dict of str to MacroF1
    missed : list of str
        Conditions below their target.
    """

    page: Path
    conditions: dict[str, MacroF1]
    missed: list[str]


def evaluate_labels(
    dataset: Path, model: Path | None, acted_on: Sequence[str], out: Path, *, seed: int, command: str, tell: Tell
) -> LabelsReport:
    """Judge the test split, and write the page.

    Parameters
    ----------
    dataset : Path
    model : Path or None
        Folder of the model; the shipped one when None.
    acted_on : sequence of str
        Labels that the policy does more about than tag.
    out : Path
        Folder of the page.
    seed : int
        Of the draws of groups.
    command : str
        What makes the page anew.
    tell : callable
        Told a stage, how much of it is done, and of how much.

    Raises
    ------
    ModelError
        When the data set or the model can't be used.
    """
    classifier, opened = ChunkClassifier.load(model), open_dataset(dataset)
    numbers = [number for number, one in enumerate(opened.entries) if one.split == "test"]
    if not numbers:
        raise ModelError(f"the data set in {dataset} holds nothing out: build a larger one")
    measured = tabulate(opened, numbers, lambda done, total: tell("measuring", done, total))
    tell("judging", 0, 1)
    judged = classifier.classify(measured.evidence)
    tell("judging", 1, 1)
    entries, truth = measured.entries, measured.truth
    given = np.array([one.label for one in judged], dtype=np.str_)
    conditions = _by_condition(entries, truth, given, seed)
    missed = [name for name, found in conditions.items() if found.value < _target(name)]
    page = Page("labels", "All labels, from two seconds", command)
    page.facts(
        {
            "model": f"`{classifier.version}`, {trained_on(classifier.info, opened)}",
            "data set": f"{opened.sha256[:12]}, seed {opened.seed}",
            "chunks": f"{len(entries):,} of {len({one.group for one in entries}):,} groups; {APART}",
            "sources": ", ".join(sorted({one.set for one in entries})),
            "seed of the draws": seed,
            "intervals": "95 %; chunk by chunk (Clopper and Pearson), of F1 over groups drawn with replacement",
        }
    )
    page.text(
        "## Channels\n\nMean F1 over the labels of which there are 20 chunks and more; undecided counts as wrong."
    )
    page.table(
        ["channel", "macro F1", "95 %", "wanted", "labels", "chunks", "undecided"],
        [
            [name, said(one.value), interval(one.interval), _wanted(name), one.labels, f"{one.chunks:,}", undecided]
            for (name, one), undecided in zip(conditions.items(), _undecided(conditions, entries, given), strict=True)
        ],
    )
    page.text("## Labels")
    _write_labels(page, entries, truth, given)
    page.plot("confusion", _confusion(truth, given), "Of the chunks of each label, the share given each label")
    page.text("Most frequent mistakes:")
    page.table(
        ["source, kind", "truth", "given", "chunks"],
        mistakes(truth, given, [f"{one.set}, {one.kind}" for one in entries])[:_MISTAKES],
    )
    _write_speech(page, entries, truth, given, acted_on, seed)
    _write_reliability(page, judged, truth, given)
    return LabelsReport(page.write(out), conditions, missed)


def _by_condition(entries: Sequence[Entry], truth: Labels, given: Labels, seed: int) -> dict[str, MacroF1]:
    names = np.array([one.condition for one in entries], dtype=np.str_)
    groups = np.array([one.group for one in entries], dtype=np.str_)
    found = {"all": macro_f1(truth, given, groups.tolist(), seed)}
    for name in ("clean", *sorted(set(names.tolist()) - {"clean"})):
        here = names == name
        if here.any():
            found[name] = macro_f1(truth[here], given[here], groups[here].tolist(), seed)
    return found


def _target(condition: str) -> float:
    if condition == "clean":
        return CLEAN_TARGET
    return 0.0 if condition in {"all", *_OWN} else CHANNEL_TARGET


def _wanted(condition: str) -> str:
    return said(_target(condition)) if _target(condition) else ""


def _undecided(conditions: dict[str, MacroF1], entries: Sequence[Entry], given: Labels) -> list[str]:
    names = np.array([one.condition for one in entries], dtype=np.str_)
    left = given == "undecided"
    return [said(float(left[(names == name) | (name == "all")].mean())) for name in conditions]


def _write_labels(page: Page, entries: Sequence[Entry], truth: Labels, given: Labels) -> None:
    rows = [
        [
            one.label,
            said(one.precision),
            interval(one.precision_interval),
            said(one.recall),
            interval(one.recall_interval),
            said(one.f1),
            f"{one.chunks:,}",
            f"{one.recordings:,}",
        ]
        for one in label_figures(truth, given, [one.recording for one in entries])
    ]
    page.table(["label", "precision", "95 %", "recall", "95 %", "F1", "chunks", "recordings"], rows)


def _write_speech(
    page: Page, entries: Sequence[Entry], truth: Labels, given: Labels, acted_on: Sequence[str], seed: int
) -> None:
    kept = speech_to_keep(list(entries))
    recordings = [one.recording for one, here in zip(entries, kept, strict=True) if here]
    page.text(
        "## Speech taken for something that is acted on\n\n"
        "Speech of -60 dBFS and more; bounds are one-sided, 95 %: less than one in so many."
    )
    rows = []
    for name, labels in [*((label, [label]) for label in acted_on), ("any of these", list(acted_on))]:
        found = share(np.isin(given[kept], labels), recordings, seed)
        rows.append(
            [
                name,
                f"{found.hits} of {found.n:,}",
                one_in(found.chunk_bound),
                f"{found.hit_recordings} of {found.all_recordings:,}",
                one_in(found.recording_bound),
            ]
        )
    page.table(["taken for", "chunks", "1 in", "recordings", "1 in"], rows)


def _write_reliability(page: Page, judged: Sequence[Judgement], truth: Labels, given: Labels) -> None:
    heard = np.array([one.reasons[0] in {"model", "low_probability"} for one in judged], dtype=np.bool_)
    likeliest = np.array([max(one.probabilities, key=one.probabilities.__getitem__) for one in judged], dtype=np.str_)
    sure = np.array([max(one.probabilities.values()) for one in judged], dtype=np.float64)
    right = likeliest == truth
    page.text(
        "## Do probabilities mean what they say?\n\n"
        f"Of {int(heard.sum()):,} chunks that no rule tells. Expected calibration error of the likeliest label, "
        f"before thresholds: {said(expected_error(sure[heard], right[heard]))}; where a label is given: "
        f"{said(expected_error(sure[heard & (given != 'undecided')], right[heard & (given != 'undecided')]))}."
    )
    curves = {"all labels": heard}
    curves |= {name: heard & (likeliest == name) for name in ("dead_air", "speech", "music_or_hold", "noise")}
    page.plot(
        "reliability",
        _reliability({name: (sure[here], right[here]) for name, here in curves.items() if here.any()}),
        "Share of chunks that are right over the probability said, by label",
    )


def _confusion(truth: Labels, given: Labels) -> "Figure":
    names = [label for label in LABELS if (truth == label).any() or (given == label).any()]
    counts = np.array([[np.sum((truth == has) & (given == says)) for says in names] for has in names], dtype=np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    made = figure(8.0, 6.5)
    axes = made.add_subplot()
    axes.imshow(np.sqrt(shares), cmap="Greens", vmin=0.0, vmax=1.0)
    for row in range(len(names)):
        for column in range(len(names)):
            if counts[row, column]:
                colour = "white" if shares[row, column] > 0.4 else "black"
                text = f"{int(counts[row, column])}"
                axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=7)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("given")
    axes.set_ylabel("truth")
    return made


def _reliability(curves: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]) -> "Figure":
    made = figure(6.0, 5.0)
    axes = made.add_subplot()
    axes.plot([0.2, 1.0], [0.2, 1.0], color="#cccccc", linewidth=1.0, label="as it should be")
    for name, (sure, right) in curves.items():
        ordered = np.argsort(sure, kind="stable")
        parts = [part for part in np.array_split(ordered, _BINS) if part.size]
        across, up = [float(sure[part].mean()) for part in parts], [float(right[part].mean()) for part in parts]
        ours = {"color": OURS, "linewidth": 2.5} if name == "all labels" else {"linewidth": 1.2}
        axes.plot(across, up, marker="o", markersize=3, label=name, **ours)
    axes.set_xlabel("probability said")
    axes.set_ylabel("share right")
    plain(axes)
    axes.legend(frameon=False, fontsize=8)
    return made
