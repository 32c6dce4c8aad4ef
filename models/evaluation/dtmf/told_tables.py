"""What the page says of the paper's Table 3 and Table 4, and of the hyper-parameters found again."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.evaluation.dtmf.chosen import plain_fit
from models.evaluation.dtmf.comparators import COMPARATORS
from models.evaluation.dtmf.protocol import ASKED, FOLDS, NONE, Said, macro_f1
from models.evaluation.dtmf.published import PUBLISHED
from models.evaluation.dtmf.reported import ASKED as THEY_ASKED
from models.evaluation.dtmf.reported import REPORTED
from models.evaluation.dtmf.results import DRAWS, OURS, Results
from models.evaluation.dtmf.search import MOST
from models.evaluation.intervals import binomial_interval, grouped_interval
from models.evaluation.page import Page

_FEATURES: Final = {False: "8", True: "16"}


def counted(right: int, n: int) -> str:
    """A share of independent answers and its exact 95 % interval, per cent."""
    low, high = binomial_interval(right, n)
    return f"{100 * right / n:.3f} ({100 * low:.2f} to {100 * high:.2f})"


def share_by_source(right: NDArray[np.bool_], sources: NDArray[np.str_], seed: int) -> str:
    """A share and its interval over clean tones, per cent: fifteen copies of one are alike."""
    low, high = grouped_interval(right, sources, lambda drawn: float(drawn.mean()), seed)
    return f"{100 * right.mean():.3f} ({100 * low:.2f} to {100 * high:.2f})"


def say_table_3(page: Page, results: Results, seed: int) -> None:
    """The four models as published, beside the paper's figures."""
    asked, everyone = results.asked, results.augmented
    page.text("## Table 3: the four models as published")
    page.text(
        f"Right answers on the test part, per cent. The published files hold fifteen augmented copies of each clean "
        f"tone, the paper used ten, and which ten isn't told: so *this run* splits all fifteen ({len(asked.keys):,} "
        f"tones asked about), and *ten copies* draws ten of each and a split anew, {DRAWS} times (mean, least and "
        f"greatest). The paper's four accuracies are whole numbers of {THEY_ASKED:,} answers, a fifth of ten copies: "
        "its intervals follow from that. *By source* asks about every augmented tone once, by a model that has seen "
        "neither its clean tone nor another copy of it (five folds)."
    )
    rows = []
    for name, model in PUBLISHED.items():
        paper, said, drawn = REPORTED[name], results.said[name], results.draws[name]
        trained = "augmented" if model.augmented else "clean"
        rows.append(
            [
                f"{name}: {model.named()}",
                f"{trained}, {_FEATURES[model.harmonics]}",
                f"{paper.percent} ({_range(paper.right, THEY_ASKED)})",
                counted(int((said == asked.keys).sum()), len(asked.keys)),
                f"{100 * np.mean(drawn):.3f} ({100 * min(drawn):.2f} to {100 * max(drawn):.2f})",
                share_by_source(results.by_source[name] == everyone.keys, everyone.sources, seed),
            ]
        )
    page.table(("K, distance, weights", "trained on, features", "paper", "this run", "ten copies", "by source"), rows)
    page.table(
        ("", "five-fold, paper %", "five-fold, this run %", "macro F1, paper", "macro F1, this run"),
        [
            [
                name,
                paper.folds_percent or "not known here",
                f"{100 * results.five_fold[name]:.2f}",
                paper.macro_f1 or "not known here",
                f"{macro_f1(asked.keys, results.said[name]):.6f}",
            ]
            for name, paper in REPORTED.items()
        ],
    )
    page.text(_compared(results))


def say_guessed(page: Page) -> None:
    """What neither the paper nor the files tell."""
    page.text("### What had to be guessed")
    page.text(
        f"- *The split.* The authors' scripts shuffle without a seed and keep {100 * (1 - ASKED):.0f} % of each key to "
        "train on: the same is done here with a seed of our own. Tone by tone, so copies of one clean tone stand on "
        "both sides.\n"
        "- *Which ten copies.* Hence both the fifteen and ten drawn over and over.\n"
        "- *The bins.* |DFT| is taken over the whole tone at the bins nearest to the frequencies, 8.7 to 11.6 Hz "
        "apart by the tone's length, as in the scripts, and each row is divided by its maximum.\n"
        "- *C is standardised*: the scripts do so.\n"
        "- *A and B* learn from four fifths of the clean tones and are asked about the augmented ones; their five "
        "folds are of clean tones, of which nearly any model gets all right.\n"
        "- Neighbours at distance 0 count as 1e-12 away; of equal votes the first key wins."
    )


def say_search(page: Page, results: Results, trials: int) -> None:
    """The hyper-parameters found again."""
    asked = results.asked
    page.text("## Hyper-parameters found again")
    page.text(
        f"K from 1 to {MOST}, four distances, three weights, three scalings; {trials} trials for each model of "
        f"Bayesian optimisation (Optuna, tree-structured Parzen estimators), scored on {FOLDS} folds of the training "
        "part that keep the copies of a tone together. The test part was asked once, afterwards. Folds of clean tones "
        "alone say nothing, because all answers are right: A and B learn from clean tones and are scored on augmented "
        "ones."
    )
    rows = []
    for name, found in results.found.items():
        said = results.found_said[name]
        rows.append(
            [
                name,
                found.published.named(),
                f"{100 * found.published_right / found.asked:.3f}",
                found.best.named(),
                f"{100 * found.best_right / found.asked:.3f}",
                counted(int((results.said[name] == asked.keys).sum()), len(asked.keys)),
                counted(int((said == asked.keys).sum()), len(asked.keys)),
            ]
        )
    page.table(("", "published", "folds %", "found", "folds %", "test %, published", "test %, found"), rows)
    gains = [100 * (found.best_right - found.published_right) / found.asked for found in results.found.values()]
    page.text(
        f"What there is to gain is {min(gains):.2f} to {max(gains):.2f} points on the folds, where the standard error "
        f"of a share is {100 * np.sqrt(0.98 * 0.02 / len(results.known.augmented.keys)):.2f}: it isn't the neighbours "
        "that are wrong, it is the features that can't see a shift of pitch."
    )


def say_table_4(page: Page, results: Results, seed: int) -> None:
    """Other methods on the same tones."""
    asked, everyone = results.asked, results.augmented
    page.text("## Table 4: other methods on the same tones")
    page.text(
        "The methods that the paper compares itself with, asked about the same tones; the figures it prints for them "
        "are not known here, so none stand beside these. What learns, learns from the sixteen features, each row "
        "divided by its maximum, with parameters that were set beforehand and not tuned. The counter-propagation "
        "network is R. Hecht-Nielsen's (Applied Optics 26, 1987)."
    )
    rows = []
    what = {**dict.fromkeys(("D",), "the paper's best"), **{name: told for name, (_, told) in COMPARATORS.items()}}
    for name in ("D", *COMPARATORS, OURS):
        said = results.said[name]
        rows.append(
            [
                f"**{name}**" if name == OURS else name,
                what.get(name, next(iter(results.chosen))),
                counted(int((said == asked.keys).sum()), len(asked.keys)),
                int((said == NONE).sum()),
                int(((said != asked.keys) & (said != NONE)).sum()),
                f"{macro_f1(asked.keys, said):.4f}",
                share_by_source(results.by_source[name] == everyone.keys, everyone.sources, seed),
            ]
        )
    page.table(("method", "", "right %", "no key", "wrong key", "macro F1", "by source, right %"), rows)
    argmax, best = (int((results.said[n] == asked.keys).sum()) for n in ("largest row and column", "D"))
    page.text(
        f"Taking the largest row and column without having learnt anything is right {argmax:,} times, the paper's D "
        f"{best:,} times, of {len(asked.keys):,} (McNemar's exact test on the same tones: "
        f"p = {_mcnemar(results, 'largest row and column', 'D'):.2g})."
    )


def say_ours(page: Page, results: Results) -> None:
    """Model E: how it was chosen, and whether what it gains is more than chance."""
    asked, count = results.asked, len(results.known.augmented.keys)
    page.text("## Model E")
    page.text(
        "A shift of pitch moves both frequencies by one factor and leaves their ratio alone. So E finds the two lines "
        "of a tone finely (Hann window, 16,384 points, a parabola through the top), and takes the key and the factor "
        "that fit both best, each line weighed by how exactly it could be measured. Four numbers are learnt: two "
        "deviations, the share of tones that are shifted, and how far. Keys of one diagonal have nearly one ratio (1 "
        "and 5 differ by 0.03 %), and a tone of 100 ms at 15 dB just tells them apart. Chosen among four by folds of "
        f"the training part alone ({count:,} tones, copies of one together):"
    )
    page.table(
        ("candidate", "right", "right %"),
        [[name, f"{right:,}", counted(right, count)] for name, right in results.chosen.items()],
    )
    said, theirs = results.said[OURS], REPORTED["D"]
    right = int((said == asked.keys).sum())
    low, high = binomial_interval(right, len(said))[0], binomial_interval(theirs.right, THEY_ASKED)[1]
    beyond = "well beyond" if low > high else "not beyond"
    drawn = results.draws[OURS]
    page.text(
        f"On the paper's split E is right {right:,} times of {len(said):,}: {counted(right, len(said))} %, against "
        f"{theirs.percent} % of the paper's D ({_range(theirs.right, THEY_ASKED)}): {beyond} the sampling error of "
        f"both. Against D as it runs here, on the same tones: p = {_mcnemar(results, OURS, 'D'):.2g} (McNemar, exact). "
        f"With ten copies drawn anew: {100 * np.mean(drawn):.3f} % on average, {100 * min(drawn):.3f} % at least."
    )
    plain = int((plain_fit(results.known, asked, 0) == asked.keys).sum())
    page.text(
        "One reservation: its four numbers are learnt from the training part, but that each line is weighed by how "
        "exactly it was measured was thought of with the errors on all tones in view, those of the test part too. "
        f"Weighed alike, which was tried first, the same fit is right {plain:,} times of {len(said):,} on the test "
        f"part, {counted(plain, len(said))} %: what it may have gained by that lies between the two."
    )


def discordant(said: Mapping[str, Said], keys: NDArray[np.int64], one: str, other: str) -> tuple[int, int]:
    """Count tones that one model gets right and the other doesn't, and the other way round."""
    first, second = said[one] == keys, said[other] == keys
    return int((first & ~second).sum()), int((~first & second).sum())


def _mcnemar(results: Results, one: str, other: str) -> float:
    better, worse = discordant(results.said, results.asked.keys, one, other)
    return float(stats.binomtest(better, better + worse).pvalue) if better + worse else 1.0


def _compared(results: Results) -> str:
    """Say of each model whether the paper's figure is within what chance allows."""
    asked = results.asked
    better, worse = discordant(results.said, asked.keys, "D", "A")
    parts = []
    for name, paper in REPORTED.items():
        right = int((results.said[name] == asked.keys).sum())
        table = np.array([[right, len(asked.keys) - right], [paper.right, THEY_ASKED - paper.right]])
        parts.append(
            f"{name} {100 * (right / len(asked.keys) - paper.right / THEY_ASKED):+.2f} points (p = "
            f"{float(stats.fisher_exact(table).pvalue):.2f})"
        )
    return (
        f"This run less the paper: {', '.join(parts)}; p is Fisher's exact test of both being one share. Between the "
        f"models: D is right where A is not {better:,} times and A where D is not {worse:,} times on the same tones "
        f"(McNemar, exact: p = {_mcnemar(results, 'D', 'A'):.2g})."
    )


def _range(right: int, n: int) -> str:
    low, high = binomial_interval(right, n)
    return f"{100 * low:.2f} to {100 * high:.2f}"
