"""What the page says of what the paper tunes (three curves) and of what it leaves open (transform, sign)."""

from collections.abc import Mapping, Sequence

import numpy as np

from features.spectrum import HOP, N_FFT
from models.evaluation.page import Page
from models.evaluation.paper.cells import percent, with_range
from models.evaluation.paper.curves import Curve
from models.evaluation.paper.protocol import TREES, Measured
from models.evaluation.paper.spectra import LAPACK, SizeResult, difference
from models.evaluation.paper.spectra import TREES as SIZE_TREES
from models.evaluation.paper.table import TABLE_1


def say_curve(page: Page, curve: Curve) -> None:
    """One of the paper's three cross-validation curves."""
    used = {"number of trees": float(TREES), "alpha": 1e-4, "C": 1.0}[curve.parameter]
    if curve.parameter == "number of trees":
        page.text("## The three cross-validation curves")
        page.text("Five splits of each protocol; bands are the least and the greatest of them.")
    value, mean = curve.best()
    place = curve.values.index(used) if used in curve.values else int(np.argmin(np.abs(np.array(curve.values) - used)))
    at_used = curve.grouped.mean(axis=0)[place]
    page.text(
        f"### {curve.estimator}: {curve.parameter}\n\nBest by recording at {value:g}: {percent(mean)} %; at the value "
        f"in the table, {used:g}: {percent(at_used)} %."
    )
    name = {"number of trees": "trees", "alpha": "alpha", "C": "c"}[curve.parameter]
    page.plot(
        name, curve.draw(used), f"Accuracy of {curve.estimator} over {curve.parameter}, with the spread of splits"
    )


def say_sizes(page: Page, tried: Sequence[SizeResult], seed: int) -> None:
    """The transform's size, which the paper doesn't give."""
    page.text("## The size of the transform")
    best = max(tried, key=lambda one: one.f1.value)
    page.text(
        f"The paper names neither window nor hop. A forest of {SIZE_TREES} trees by recording, the same folds for "
        f"each; the difference to the best ({best.n_fft} by {best.hop}) draws recordings for both together."
    )
    rows = []
    for one in tried:
        apart = difference(one.answers, best.answers, seed)
        told = "best" if one is best else f"{100 * apart.value:.1f} ({100 * apart.low:.1f} to {100 * apart.high:.1f})"
        chosen = "**used here**" if (one.n_fft, one.hop) == (N_FFT, HOP) else ""
        rows.append([one.n_fft, one.hop, one.columns, with_range(one.f1), told, chosen])
    page.table(("window", "hop", "columns", "F1 %", "difference to the best, points", ""), rows)
    ours = next((one for one in tried if (one.n_fft, one.hop) == (N_FFT, HOP)), best)
    apart = difference(ours.answers, best.answers, seed)
    seen = (
        "as far as this set can tell no worse than" if apart.high >= 0.0 else f"{-100.0 * apart.value:.1f} points below"
    )
    page.text(
        f"{ours.n_fft} by {ours.hop} is what the worker computes for every chunk: {seen} the best of {len(tried)}, "
        f"whose place is part luck, with {ours.columns} columns where the best has {best.columns}. A longer window "
        "buys little: most of what the forest gets wrong is louder than dead air, and no window brings level into U."
    )


def say_signs(page: Page, by_sign: Mapping[str, Mapping[str, Measured]]) -> None:
    """How the sign is fixed, and whether it matters."""
    page.text("## The sign of a singular vector")
    page.text(
        "U and V may change sign together, so the sign of a column of U is whatever the algorithm leaves. Here it is "
        "fixed so that the sum of its cubed entries is not negative (`features.bases`): the heavier side is positive. "
        "A spectrum's first column has one sign throughout anyway. F1 in %, by recording:"
    )
    names = tuple(by_sign["heavier side"])
    rows = [[rule, *(with_range(figures[name]) for name in names)] for rule, figures in by_sign.items()]
    paper = {row.estimator: 2.0 * row.precision * row.recall / (row.precision + row.recall) for row in TABLE_1}
    rows.append(["the paper's own, whatever its rule was", *(f"{100 * paper[name]:.1f}" for name in names)])
    page.table(("rule", *names), rows)
    told = []
    for name in names:
        fixed, left, chance = (by_sign[rule][name] for rule in ("heavier side", LAPACK, "random"))
        matters = "it matters" if chance.high < fixed.low else "it hardly matters"
        told.append(
            f"for {name} {matters} ({percent(fixed.value)} % fixed, {percent(left.value)} % as LAPACK leaves it, "
            f"{percent(chance.value)} % at random)"
        )
    page.text(
        "A tree may split a column on both sides of zero; a plane cannot, and a vector that comes with either sign "
        f"leaves it nothing to hold on to: {'; '.join(told)}. The paper says nothing of the sign. Where it was left to "
        "the library, that alone sets linear estimators far behind a forest."
    )
