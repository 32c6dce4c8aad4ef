"""What the paper leaves open, tried out: the size and hop of the transform, and the sign of a singular vector."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from features.bases import BASES
from models.evaluation.intervals import grouped_interval
from models.evaluation.paper.calls import Call
from models.evaluation.paper.protocol import ESTIMATORS, Answers, Material, Measured, ask, f1, grouped
from models.evaluation.paper.vectors import SIGNS, base_vectors, lapack_vectors, with_sign
from models.evaluation.plots import COLOURS, OURS, figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES: Final = (128, 256, 512, 1024, 2048)
HOP_PARTS: Final = (1, 2, 4)  # hop = size / part
TREES: Final = 50  # half the paper's: the curve over their number is flat by then, and there are 75 forests to fit
LAPACK: Final = "as LAPACK leaves it"

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class SizeResult:
    """What the forest does with one transform, on recordings never trained on.

    Attributes
    ----------
    n_fft, hop, columns : int
        Samples, samples, length of the feature vector.
    f1 : Measured
    answers : Answers
    """

    n_fft: int
    hop: int
    columns: int
    f1: Measured
    answers: Answers


def sizes(
    calls: Sequence[Call], seed: int, tell: Tell, tried: Sequence[tuple[int, int]] | None = None
) -> list[SizeResult]:
    """Try transforms with a forest in grouped folds, the same folds for each.

    Parameters
    ----------
    calls : sequence of Call
    seed : int
    tell : callable
    tried : sequence of (int, int), optional
        Sizes and hops, samples; by default all of `SIZES` at all of `HOP_PARTS`.
    """
    pairs = tried or [(size, size // part) for size in SIZES for part in HOP_PARTS]
    sounds = [call.pcm for call in calls]
    found = []
    for number, (n_fft, hop) in enumerate(pairs):
        tell("transforms", number, len(pairs))
        material = Material.of(calls, base_vectors(sounds, n_fft=n_fft, hop=hop))
        answers = ask(_small_forest, material, grouped(material, seed), seed, by_recording=True, tell=lambda: None)
        found.append(SizeResult(n_fft, hop, BASES * (n_fft // 2 + 1), f1(answers, seed), answers))
    tell("transforms", len(pairs), len(pairs))
    return found


def difference(one: Answers, other: Answers, seed: int) -> Measured:
    """F1 of one minus F1 of another over the same calls, recordings drawn for both together.

    Raises
    ------
    ValueError
        When the two weren't asked about the same calls in the same order.
    """
    if not np.array_equal(one.rows, other.rows):
        raise ValueError("answers about other calls can't be compared")
    triples = np.stack([one.silent, one.called, other.called], axis=1)

    def less(drawn: NDArray[np.bool_]) -> float:
        return _f1(drawn[:, 0], drawn[:, 1]) - _f1(drawn[:, 0], drawn[:, 2])

    low, high = grouped_interval(triples, one.draws, less, seed)
    return Measured(less(triples), low, high)


def draw_sizes(results: Sequence[SizeResult]) -> "Figure":
    """Draw F1 over the transform's size, a line for each hop."""
    made = figure(7.5, 3.4)
    axes = made.add_subplot()
    for number, part in enumerate(HOP_PARTS):
        chosen = [r for r in results if r.n_fft == r.hop * part]
        if not chosen:
            continue
        middle = [r.f1.value for r in chosen]
        reach = [[r.f1.value - r.f1.low for r in chosen], [r.f1.high - r.f1.value for r in chosen]]
        across = [r.n_fft * 1.05 ** (number - 1) for r in chosen]  # a little apart, so that all three can be seen
        colour = OURS if part == 2 else COLOURS[number]
        name = "hop: a whole window" if part == 1 else f"hop: 1/{part} window"
        axes.errorbar(across, middle, yerr=reach, color=colour, marker="o", markersize=4, capsize=3, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.set_xlabel("window, samples at 8 kHz")
    axes.set_ylabel("F1 on recordings never trained on")
    plain(axes)
    made.legend(frameon=False, fontsize=8, loc="outside upper center", ncols=len(HOP_PARTS))
    return made


def signs(calls: Sequence[Call], material: Material, seed: int, tell: Tell) -> dict[str, dict[str, Measured]]:
    """F1 of each estimator under each rule for the sign: rule to estimator to figure."""
    found: dict[str, dict[str, Measured]] = {}
    for number, rule in enumerate((*SIGNS, LAPACK)):
        tell("signs", number, len(SIGNS) + 1)
        if rule == LAPACK:
            vectors = lapack_vectors([call.pcm for call in calls])
        else:
            vectors = with_sign(material.vectors, rule, seed)  # type: ignore[arg-type]
        changed = Material(vectors, material.silent, material.kinds, material.groups)
        found[rule] = {name: f1(_asked(name, changed, seed), seed) for name in ESTIMATORS}
    tell("signs", len(SIGNS) + 1, len(SIGNS) + 1)
    return found


def _small_forest(seed: int) -> RandomForestClassifier:
    return RandomForestClassifier(TREES, random_state=seed, n_jobs=1)


def _asked(name: str, material: Material, seed: int) -> Answers:
    splits = grouped(material, seed)
    return ask(ESTIMATORS[name], material, splits, seed, by_recording=True, tell=lambda: None)


def _f1(silent: NDArray[np.bool_], called: NDArray[np.bool_]) -> float:
    return 2.0 * float((silent & called).sum()) / max(float(silent.sum() + called.sum()), 1.0)
