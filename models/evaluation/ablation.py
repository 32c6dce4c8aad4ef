"""What each family of columns brings, and which estimator: on the grouped folds of train, and once on test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from models.dataset.store import Dataset, open_dataset
from models.errors import ModelError
from models.estimator import boosted, fitted, forest, predicted
from models.evaluation.comparing import recall_at
from models.evaluation.labels import MacroF1, macro_f1
from models.evaluation.page import Page
from models.evaluation.plots import OURS, THEIRS, figure, plain
from models.evaluation.words import figure as said
from models.evaluation.words import interval
from models.folds import Examples, out_of_fold
from models.table import label_chances, tabulate
from models.vector import FEATURE_NAMES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tell = Callable[[str, int, int], None]
Make = Callable[[int], Any]
Columns = NDArray[np.int64]

CHUNKS: Final = 8_000  # of train, as many of test: a table of what helps needs no more, and fits are many
RATE: Final = 2e-4
_ROUNDS: Final = 60


def families() -> dict[str, Columns]:
    """Places of the columns of `models.vector`, by what they measure."""
    begins = {
        "bases": ("basis", "value"),
        "levels": ("rms_", "crest_", "loudest_", "level_", "above_", "longest_", "active_", "tail_", "head_", "ac_"),
        "codes": ("silence_", "constant_", "offset_", "distinct_", "near_peak", "beyond", "changes_", "kurtosis"),
        "modulation": ("modulation_", "comodulation_"),
        "voicing": ("voic", "pitch_"),
        "tones": ("comfort_", "coverage", "dtmf_", "busy_", "ringback_", "fax_", "sit_", "dial_", "tone_"),
    }
    found: dict[str, list[int]] = {name: [] for name in ("bases", "levels", "codes", "shape", *begins)}
    for place, column in enumerate(FEATURE_NAMES):
        family = next((name for name, heads in begins.items() if column.startswith(heads)), "shape")
        found[family].append(place)
    return {name: np.array(places, dtype=np.int64) for name, places in found.items()}


@dataclass(frozen=True, slots=True)
class Step:
    """One choice of columns and estimator, measured.

    Attributes
    ----------
    name : str
    columns : int
    folds, test : MacroF1
        Over the labels that have to be heard; likeliest label, no thresholds.
    folds_recall, test_recall : float
        Of dead air, where the false-positive rate among all other chunks is at most 2e-4.
    """

    name: str
    columns: int
    folds: MacroF1
    test: MacroF1
    folds_recall: float
    test_recall: float


@dataclass(frozen=True, slots=True)
class _Side:
    examples: Examples
    groups: list[str]
    others: int  # chunks that rules have told and that aren't dead air


def evaluate_ablation(dataset: Path, out: Path, *, seed: int, command: str, tell: Tell, chunks: int = CHUNKS) -> Path:
    """Measure all steps and write the page; its path.

    Parameters
    ----------
    dataset : Path
    out : Path
        Folder of the page.
    seed : int
    command : str
        What makes the page anew.
    tell : callable
        Told a stage, how much of it is done, and of how much.
    chunks : int
        At most so many of each split, drawn by whole groups.

    Raises
    ------
    ModelError
        When the data set can't be used.
    """
    opened = open_dataset(dataset)
    train = _side(opened, "train", chunks, seed, tell)
    test = _side(opened, "test", chunks, seed, tell, train.examples.classes)
    found, together = families(), np.zeros(0, np.int64)
    plans: list[tuple[str, Columns, Mapping[str, Make]]] = []
    for name, columns in found.items():
        together = np.sort(np.concatenate([together, columns]))
        plans.append((name if name == "bases" else f"+ {name}", together, {"boosting": _boosted}))
    everything = np.arange(len(FEATURE_NAMES))
    plans.append(("all but bases", np.setdiff1d(everything, found["bases"]), {"boosting": _boosted}))
    plans.append(("forest, as the paper's", everything, {"forest": forest}))
    plans.append(("mean of boosting and forest", everything, {"boosting": _boosted, "forest": forest}))
    kept: dict[tuple[str, bytes], tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    steps = []
    for place, (name, columns, makes) in enumerate(plans):
        tell("steps", place, len(plans))
        for kind, make in makes.items():
            if (kind, columns.tobytes()) not in kept:
                kept[kind, columns.tobytes()] = _chances(train.examples, test.examples, make, columns, seed)
        means = [np.mean([kept[kind, columns.tobytes()][side] for kind in makes], axis=0) for side in (0, 1)]
        steps.append(_step(name, columns.size, train, test, means[0], means[1], seed))
    tell("steps", len(plans), len(plans))
    return _write(steps, found, opened, train, test, out, seed, command)


def _boosted(seed: int) -> Any:
    return boosted(seed).set_params(max_iter=_ROUNDS)


def _side(
    dataset: Dataset, split: str, most: int, seed: int, tell: Tell, classes: tuple[str, ...] | None = None
) -> _Side:
    """Draw whole groups of a split, measure them and keep what has to be heard."""
    everyone = [i for i, one in enumerate(dataset.entries) if one.split == split]
    if not everyone:
        raise ModelError(f"the data set in {dataset.path} lacks its {split} split: build a larger one")
    names = sorted({dataset.entries[i].group for i in everyone})
    order = {names[place]: turn for turn, place in enumerate(np.random.default_rng(seed).permutation(len(names)))}
    everyone.sort(key=lambda i: (order[dataset.entries[i].group], i))
    table = tabulate(dataset, everyone[:most], lambda done, total: tell(f"measuring {split}", done, total))
    examples = Examples.of(table, classes)
    groups = [table.entries[i].group for i in examples.places.tolist()]
    told = ~np.isin(np.arange(len(table.truth)), examples.places)
    return _Side(examples, groups, int((told & (table.truth != "dead_air")).sum()))


def _chances(
    train: Examples, test: Examples, make: Make, columns: Columns, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unseen = out_of_fold(train, make, seed, lambda _done, _total: None, columns=columns)
    estimator = fitted(make, train.rows[:, columns], train.numbers, train.times, seed)
    given = np.zeros((len(test.rows), len(train.classes)))
    given[:, estimator.classes_] = predicted(estimator, test.rows[:, columns])
    return unseen, given


def _step(
    name: str,
    columns: int,
    train: _Side,
    test: _Side,
    unseen: NDArray[np.float64],
    given: NDArray[np.float64],
    seed: int,
) -> Step:
    folds, held = (_figures(side, chances, seed) for side, chances in ((train, unseen), (test, given)))
    return Step(name, columns, folds[0], held[0], folds[1], held[1])


def _figures(side: _Side, chances: NDArray[np.float64], seed: int) -> tuple[MacroF1, float]:
    of = side.examples
    names, chances = label_chances(of.classes, chances, of.faint)
    labels = np.array(names, dtype=np.str_)[chances.argmax(axis=1)]
    scores = np.concatenate([chances[:, names.index("dead_air")], np.full(side.others, -np.inf)])
    truth = np.concatenate([of.truth == "dead_air", np.zeros(side.others, dtype=np.bool_)])
    return macro_f1(of.truth, labels, side.groups, seed, rounds=200), recall_at(scores, truth, RATE)


def _write(
    steps: list[Step],
    found: dict[str, Columns],
    dataset: Dataset,
    train: _Side,
    test: _Side,
    out: Path,
    seed: int,
    command: str,
) -> Path:
    page = Page("ablation", "What each family of features brings", command)
    page.facts(
        {
            "data set": f"{dataset.sha256[:12]}, seed {dataset.seed}",
            "chunks that have to be heard": f"{len(train.groups):,} of train, {len(test.groups):,} of test, "
            "drawn by whole groups; test groups are on no training side",
            "classes": ", ".join(train.examples.classes),
            "estimator": f"gradient boosting of {_ROUNDS} rounds, or a forest of 100 trees; seed {seed}",
            "chosen by": "the grouped folds alone; test was looked at once, for this page",
        }
    )
    page.text(
        "Each row adds a family to the row before, up to all columns. Macro F1 is of the likeliest label, over the "
        f"labels that no rule tells; recall is dead air's where at most {RATE:g} of all other chunks are taken for it."
    )
    headers = ["features", "columns", "F1, folds", "95 %", "F1, test", "95 %", "dead air, folds", "dead air, test"]
    page.table(headers, [_row(one) for one in steps])
    page.plot("families", _picture(steps), "Macro F1 on folds and on test for each choice of features")
    page.text("## Columns of each family")
    page.table(["family", "columns"], [[name, len(places)] for name, places in found.items()])
    return page.write(out)


def _row(one: Step) -> list[object]:
    return [
        one.name,
        one.columns,
        said(one.folds.value),
        interval(one.folds.interval),
        said(one.test.value),
        interval(one.test.interval),
        said(one.folds_recall),
        said(one.test_recall),
    ]


def _picture(steps: list[Step]) -> "Figure":
    made = figure(7.5, 0.45 * len(steps) + 1.2)
    axes = made.add_subplot()
    places = np.arange(len(steps))[::-1]
    for moved, colour, label, side in ((0.15, THEIRS, "folds", "folds"), (-0.15, OURS, "test", "test")):
        for place, step in zip(places, steps, strict=True):
            one: MacroF1 = getattr(step, side)
            axes.plot(one.interval, [place + moved] * 2, color=colour, linewidth=2)
            axes.plot([one.value], [place + moved], "o", color=colour, label=label if step is steps[0] else None)
    axes.set_yticks(places, [one.name for one in steps])
    axes.set_xlabel("macro F1 over labels that have to be heard")
    plain(axes)
    axes.legend(frameon=False, fontsize=8)
    return made
