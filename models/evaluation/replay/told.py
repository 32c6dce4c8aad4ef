"""What the page says of codebooks: who is found, why no threshold holds, what normalisation makes of it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.evaluation.page import Page
from models.evaluation.replay.identify import TWO_CODEBOOKS, Answers
from models.evaluation.replay.measures import (
    RATE,
    compared_with_others,
    curve,
    first,
    own_and_nearest_other,
    share,
    threshold_per_pair,
    threshold_per_query,
)
from models.evaluation.replay.modifications import KINDS, SAME_WINDOWS, UNCHANGED, Modification
from models.evaluation.replay.pictures import draw_curves, draw_distances, draw_modifications
from models.evaluation.replay.views import PAPER

MEASURED_BEFORE: Final = 0.010  # mean recall of the first method in an earlier run: 467 calls, 51 distortions
WHITE_12: Final = "white noise, 12 dB"
_OTHERS: Final = ", against the others"
_GATED: Final = 0.5

Flags = NDArray[np.bool_]


class Found:
    """Who is found in one way of comparing, by distance or by distance against the other calls'.

    Parameters
    ----------
    distances : ndarray of float64, shape (modifications, calls, calls)
    """

    def __init__(self, distances: NDArray[np.float64]) -> None:
        self.own, self.other = own_and_nearest_other(distances)
        self.first = first(self.own, self.other)
        self.threshold = threshold_per_query(self.other)
        self.per_query: Flags = self.first & (self.own < self.threshold)
        self.per_pair: Flags = self.first & (self.own <= threshold_per_pair(distances))


def all_found(answers: Sequence[Answers]) -> dict[str, Found]:
    """Every way by distance, and again by distance against the others, under names that say so."""
    found = {}
    for one in answers:
        found[one.name] = Found(one.distances)
        found[one.name + _OTHERS] = Found(compared_with_others(one.distances))
    return found


def say_first_method(
    page: Page, answers: Sequence[Answers], modified: Sequence[Modification], seed: int, still: NDArray[np.float64]
) -> None:
    """The paper's own way, kind by kind, and why no threshold holds.

    Parameters
    ----------
    page : Page
    answers : sequence of Answers
    modified : sequence of Modification
    seed : int
        Of the intervals.
    still : ndarray of float64, shape (calls,)
        Share of each call's windows in which nothing moves.
    """
    found = {name: Found(one.distances) for one in answers if (name := one.name) in (PAPER, TWO_CODEBOOKS)}
    page.text("## Codebooks of flatness and crest")
    page.text(
        "*Nearest*: the codebook nearest to the replay is its own call's, per cent. *Found*: nearest, and nearer than "
        f"the threshold at which at most {RATE:g} of all queries about calls that aren't enrolled seem found. Such "
        "queries are all of these with their own call's codebook left out, so that the nearest of the others answers: "
        f"{found[PAPER].other.size:,}, of which one may be wrong. *Found, pairs*: at most {RATE:g} of all pairs of a "
        "replay and another call."
    )
    rows = [
        _row(f"{m.kind}, {m.name}", [m is n for n in modified], found, seed) for m in modified if m.kind == UNCHANGED
    ]
    groups = {kind: [m.kind == kind for m in modified] for kind in KINDS}
    groups["all eight kinds"] = [m.kind != UNCHANGED for m in modified]
    groups[WHITE_12] = [m.name == WHITE_12 for m in modified]
    rows += [_row(name, chosen, found, seed) for name, chosen in groups.items() if any(chosen)]
    page.table(
        (
            "modification", "n", "nearest %", "found %", "found, pairs %",
            "two codebooks: nearest %", "found %", "found, pairs %",
        ),
        rows,
    )  # fmt: skip
    mine, rest = found[PAPER], np.array([m.kind != UNCHANGED for m in modified])
    aligned = np.array([m.name == SAME_WINDOWS for m in modified])
    recall = share(mine.per_query[rest], seed)
    low, high = recall.low, recall.high
    page.text(
        f"Mean recall of the first method is {recall.value:.3f} ({low:.3f} to {high:.3f}). An earlier measurement, on "
        f"467 calls and 51 distortions, had {MEASURED_BEFORE:.3f}: {_agreement(low, high)}. Ranked first are "
        f"{100 * mine.first[aligned].mean():.0f} % of the unchanged replays whose windows are the call's, and "
        f"{100 * mine.first[~rest & ~aligned].mean():.0f} % of those with windows of their own: 30 ms without overlap "
        "make other vectors where they begin 13 ms later."
    )
    sounding = still <= _GATED
    if not sounding.all() and sounding.sum() >= 3:
        without = Found(answers[0].distances[:, sounding][:, :, sounding])
        page.text(
            f"In {int((~sounding).sum())} of the calls nothing moves for more than {100 * _GATED:.0f} % of the time "
            "(digital silence), and all such windows are alike. Without such calls "
            f"{percent(without.per_query[rest], seed)} % are found, {percent(without.per_pair[rest], seed)} % by pairs."
        )
    _say_why(page, answers[0].distances, modified, mine)


def _agreement(low: float, high: float) -> str:
    return "the two agree" if low <= MEASURED_BEFORE <= high else "the two differ"


def _row(name: str, chosen: Sequence[bool], found: Mapping[str, Found], seed: int) -> list[object]:
    rows = np.array(chosen)
    cells: list[object] = [name, int(rows.sum()) * next(iter(found.values())).own.shape[1]]
    for one in found.values():
        cells += [percent(flags[rows], seed) for flags in (one.first, one.per_query, one.per_pair)]
    return cells


def _say_why(page: Page, distances: NDArray[np.float64], modified: Sequence[Modification], mine: Found) -> None:
    kinds = np.array([m.kind for m in modified])
    names = np.array([m.name for m in modified])
    white, clean = names == WHITE_12, (kinds == UNCHANGED) & (names != SAME_WINDOWS)
    lowest = int(mine.other.min(axis=1).argmin())
    page.text("### Why no threshold holds")
    page.plot(
        "distances",
        draw_distances(
            {
                "unchanged, own call": mine.own[clean].ravel(),
                "unchanged, nearest other": mine.other[clean].ravel(),
                f"{WHITE_12}, own call": mine.own[white].ravel(),
                f"{WHITE_12}, nearest other": mine.other[white].ravel(),
                f"{names[lowest]}, nearest other": mine.other[lowest].ravel(),
            },
            mine.threshold,
        ),
        "Distances to one's own and to the nearest other codebook: noise and filters move both together",
    )
    apart = float(mine.other[clean].min())
    broken = mine.first[white].mean() < 0.5
    changed = kinds != UNCHANGED
    false = 100 * (mine.other[changed] < apart).mean()
    page.text(
        "What is modified moves away from its own call and, where its windows become alike, nearer to everybody's: "
        f"the nearest of all wrong codebooks is that of a query under *{names[lowest]}*. A threshold that just keeps "
        f"the unchanged calls apart ({apart:.2f}) would find {100 * (mine.own[changed] < apart).mean():.0f} % of the "
        f"modified replays, and {false:.0f} % of the modified queries would find a wrong call. In {WHITE_12}, "
        f"{100 * mine.first[white].mean():.0f} % are nearest to their own call (by chance "
        f"{100 / distances.shape[-1]:.0f} %). Medians of the distance: own call {np.median(mine.own[white]):.2f}, "
        f"nearest other {np.median(mine.other[white]):.2f}; unchanged {np.median(mine.own[clean]):.2f} and "
        f"{np.median(mine.other[clean]):.2f}. That white noise at 12 dB breaks the method, as the paper says, "
        f"{'is so' if broken else 'is not so'} here."
    )


def say_normalised(page: Page, answers: Sequence[Answers], modified: Sequence[Modification], seed: int) -> None:
    """What each normalisation makes of it."""
    found = all_found(answers)
    rest = np.array([m.kind != UNCHANGED for m in modified])
    white = np.array([m.name == WHITE_12 for m in modified])
    page.text("## What normalisation makes of it")
    page.text(
        "All eight kinds of modification together. *Against the others*: not the distance is held against the "
        "threshold but by how many standard deviations it is less than the same query's mean distance to the other "
        "calls; that takes out how far a query is from everybody, and needs others to compare with."
    )
    rows: list[list[object]] = []
    for one in answers:
        plain, others = found[one.name], found[one.name + _OTHERS]
        rows.append(
            [
                one.name, one.about, percent(plain.first[rest], seed), percent(plain.first[white], seed),
                percent(plain.per_query[rest], seed), percent(plain.per_pair[rest], seed),
                percent(others.per_query[rest], seed), percent(others.per_pair[rest], seed),
            ]
        )  # fmt: skip
    page.table(
        (
            "values", "what is done", "nearest %", f"{WHITE_12}: nearest %", "found %", "found, pairs %",
            "against the others: found %", "found, pairs %",
        ),
        rows,
    )  # fmt: skip
    ranked = sorted(answers, key=lambda one: -float(found[one.name].first[rest].mean()))
    best = ranked[0].name
    surest = max(found, key=lambda name: float(found[name].per_query[rest].mean()))
    page.plot(
        "roc",
        draw_curves(
            {name: curve(one.own[rest], one.other[rest]) for name, one in _shown(found, best, surest)}, (best,)
        ),
        "Replays found over false finds, all modifications together",
    )
    page.text(
        f"Nearest most often are values normalised *{best}*; most are found by *{surest}*, "
        f"{100 * found[surest].per_query[rest].mean():.0f} % at one false find in a thousand queries. A codebook "
        "keeps no order in time: whatever has the same sounds is near."
    )
    page.text("### By modification")
    page.plot(
        "modifications",
        draw_modifications(
            [m.name for m in modified],
            [m.kind for m in modified],
            {one.name: found[one.name].first.mean(axis=1) for one in answers},
        ),
        "Share of replays that are nearest to their own call, by modification and normalisation",
    )


def _shown(found: Mapping[str, Found], best: str, surest: str) -> list[tuple[str, Found]]:
    names = dict.fromkeys((PAPER, TWO_CODEBOOKS, PAPER + _OTHERS, best, best + _OTHERS, surest))
    return [(name, found[name]) for name in names]


def percent(flags: Flags, seed: int) -> str:
    """Per cent of flags, shape (modifications, calls), with the interval over calls."""
    one = share(flags, seed)
    return f"{100 * one.value:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})"
