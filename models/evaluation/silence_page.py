"""The page about dead air, from its report: what was to be reached first, then everything it rests on."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models.dataset.store import Entry
from models.evaluation.comparing import NEVER, recall_at
from models.evaluation.hard import FAINTEST_SPEECH_DBFS, SPEECH_FLOOR_DBFS
from models.evaluation.page import Page
from models.evaluation.paper.table import TABLE_1, false_positive_rate, precision_at
from models.evaluation.plots import lines, roc
from models.evaluation.silence import RATE, SilenceReport, Way, recording
from models.evaluation.silence_targets import targets
from models.evaluation.words import APART, figure, interval, most, percent, trained_on
from models.rules import DEAD_AIR_DBFS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PREVALENCES: Final = (0.01, 0.20, 0.39)
_POINTS: Final = 240  # of a curve
_RECORDINGS: Final = 15  # of a table of misses
_MOST_ROWS: Final = 25  # of a table of errors


def write_silence(report: SilenceReport, folder: Path, command: str) -> Path:
    """Write the page and its pictures; the page's path.

    Raises
    ------
    OSError
        If it can't be written.
    """
    page = Page("silence", "Dead air against everything else, from two seconds", command)
    page.facts(_facts(report))
    page.text("## What was to be reached")
    rows = [(one.what, one.wanted, one.measured, "reached" if one.reached else "**not reached**")
            for one in targets(report)]  # fmt: skip
    page.table(("what", "to reach", "measured", ""), rows)
    page.text(
        "Intervals are of 95 %. *By chunk* each chunk counts by itself (Clopper and Pearson); *by recording* they are "
        "drawn whole, because chunks of one are alike. Bounds of what was not seen are one-sided."
    )
    _recall(page, report)
    _baselines(page, report)
    _hard(page, report)
    _silences(page, report)
    _errors(page, report)
    return page.write(folder)


def _facts(report: SilenceReport) -> dict[str, object]:
    entries = report.entries
    sets = Counter(one.set for one in entries)
    recordings = {name: len({one.recording for one in entries if one.set == name}) for name in sets}
    return {
        "model": f"`{report.model.version}`, {trained_on(report.model, report.dataset)}",
        "data set": f"seed {report.dataset.seed}, {len(report.dataset):,} chunks, SHA-256 of `dataset.json` "
        f"`{report.dataset.sha256}`",
        "seed of this evaluation": report.seed,
        "chunks": f"{len(entries):,} of the test split, {int(report.truth.sum()):,} of them dead air; {APART}, "
        "and no threshold was chosen on them",
        "sources held out": ", ".join(f"{name} ({sets[name]:,} chunks of {recordings[name]:,} recordings)"
                                      for name in sorted(sets)),
    }  # fmt: skip


def _recall(page: Page, report: SilenceReport) -> None:
    ours = report.ours
    page.text("## At the threshold that the model is shipped with")
    least = report.model.chunk.thresholds.get("dead_air")
    if least is not None:
        page.text(f"What is left to be heard is called dead air at a probability of {figure(least)} and more.")
    page.table(
        ("", "count", "share", "by chunk", "by recording", "recordings"),
        [
            (name, f"{one.hits:,} of {one.n:,}", figure(one.value), interval(one.chunks), interval(one.recordings),
             f"{one.hit_recordings:,} of {one.all_recordings:,}")
            for name, one in (("recall", ours.recall), ("false positives", ours.false_positives),
                              ("on the hard set", report.hard_false_positives),
                              ("on all the rest", report.plain_false_positives))
        ],
    )  # fmt: skip
    page.text(
        "Precision depends on how many of all chunks are dead air. Restated at three shares of it; the bounds put "
        "recall and false-positive rate at the worse and the better end of their intervals by chunk. The paper's "
        "random forest is restated the same way from the false-positive rate that its own three figures imply."
    )
    paper = next(row for row in TABLE_1 if row.estimator == "random forest")
    theirs = false_positive_rate(paper)
    rows: list[tuple[str, ...]] = []
    for prevalence in PREVALENCES:
        low = precision_at(ours.recall.chunks[0], ours.false_positives.chunks[1], prevalence)
        high = precision_at(ours.recall.chunks[1], ours.false_positives.chunks[0], prevalence)
        point = precision_at(ours.recall.value, ours.false_positives.value, prevalence)
        rows.append((f"{prevalence:.0%}", f"{percent(point)} ({percent(low)} to {percent(high)})",
                     percent(ours.recall.value), percent(precision_at(paper.recall, theirs, prevalence))))  # fmt: skip
    page.table(("dead air among all", "precision, %", "recall, %", "the paper's forest, precision, %"), rows)
    page.text(
        f"The paper's Table 1 gives its random forest a precision of {percent(paper.precision)} and a recall of "
        f"{percent(paper.recall)} %, on its own calls, which nobody else has."
    )


def _baselines(page: Page, report: SilenceReport) -> None:
    page.text("## Beside other ways")
    page.text(
        f"The others learnt from {report.learnt:,} chunks of train. All thresholds were set for a false-positive rate "
        f"of {RATE:g} on chunks of train that the way had not learnt from (five folds by group), and all were then "
        "asked about the same test chunks. *Recall there* is what the best threshold for the test chunks would give: "
        "how far the order of a way's scores reaches. The cost is CPU time of one chunk, from codes to score, on one "
        "core of the machine of this run, in batches of 32."
    )
    page.table(_HEADERS, [_row(way, report.truth) for way in (*report.raw, report.ours)])
    page.text(
        "By themselves most have no answer to digital silence. Below, our rules stand before them: what is told by "
        f"silence codes, comfort noise, lost packets or known tones, and what is {DEAD_AIR_DBFS:g} dBFS or louder, is "
        "not dead air whatever they say. It is the definition's part that needs no ear; what is left is hearing."
    )
    page.table(_HEADERS, [_row(way, report.truth) for way in (*report.ruled, report.ours)])
    page.text("\n".join(f"- **{way.name}**: {way.about}" for way in (*report.raw, report.ours)))
    everything = np.ones(report.truth.size, dtype=np.bool_)
    drawn = _curves(report.truth, report.ours, report.raw, everything)
    page.plot("curve", drawn, "Recall over false-positive rate of every way by itself")
    drawn = _curves(report.truth, report.ours, report.ruled, everything)
    page.plot("curve-after-rules", drawn, "The same, our rules before every way")


_HEADERS: Final = ("way", "recall, %", "false positives", "rate", f"recall there, {RATE:g}, %", "at 0.001, %", "AUC",
                   "ms a chunk")  # fmt: skip


def _row(way: Way, truth: NDArray[np.bool_]) -> tuple[str, ...]:
    finite = np.where(way.scores == NEVER, np.finfo(np.float64).min, way.scores)
    recall, false = way.recall, way.false_positives
    return (
        way.name,
        f"{percent(recall.value)} ({percent(recall.chunks[0])} to {percent(recall.chunks[1])})",
        f"{false.hits:,}",
        f"{figure(false.value)} ({interval(false.chunks)})",
        percent(recall_at(way.scores, truth, RATE)),
        percent(recall_at(way.scores, truth, 1e-3)),
        f"{roc_auc_score(truth, finite):.4f}",
        f"{way.cost_ms:.2g}",
    )


def _curves(truth: NDArray[np.bool_], ours: Way, ways: Sequence[Way], among: NDArray[np.bool_]) -> "Figure":
    others = int((among & ~truth).sum())
    least = 0.3 / others  # zero has no place on a logarithmic axis: it stands left of one chunk
    grid = np.concatenate([[0.0], np.geomspace(1.0 / others, 1.0, _POINTS)])
    curves = {}
    for way in (ours, *ways):
        rates, recall, _ = roc(truth[among], way.scores[among])
        # at each rate of the grid the best recall there: thousands of points would look the same
        place = np.searchsorted(rates, grid * (1.0 + 1e-9), side="right")
        curves[way.name] = (np.maximum(grid, least), np.concatenate([[0.0], recall])[place])
    return lines(curves, x=f"false-positive rate (one chunk of {others:,} is {1 / others:.1e})", y="recall",
                 ours=ours.name, log_x=True)  # fmt: skip


def _hard(page: Page, report: SilenceReport) -> None:
    page.text("## The hard set")
    page.text(
        f"Everything below {DEAD_AIR_DBFS:g} dBFS after coding that is not dead air and that no code or packet gives "
        f"away, speech down to {FAINTEST_SPEECH_DBFS:g} dBFS. By what was put together:"
    )
    rows = []
    for kind, numbers in _by(report.entries, report.hard, lambda one: (one.kind, one.label)):
        given = Counter(report.labels[numbers].tolist())
        rows.append((*kind, f"{len(numbers):,}", f"{given['dead_air']:,}", most(given, 4)))
    page.table(("kind", "label", "chunks", "called dead air", "called"), rows)
    if report.hard.any():
        drawn = _curves(report.truth, report.ours, report.ruled, report.hard | report.truth)
        page.plot("curve-hard", drawn, "Recall over false-positive rate on the hard set, our rules before every way")


def _silences(page: Page, report: SilenceReport) -> None:
    page.text("## Silences that are not dead air, and speech")
    page.text(
        "Lost packets: at least half of the chunk. Silence before speech: silence codes that a talker ends within the "
        "chunk. Chunks of train are counted too, apart, because the model has seen their recordings."
    )
    page.table(("silence", "test chunks", "called dead air", "train chunks", "called dead air"),
               [(name, f"{a:,}", f"{b:,}", f"{c:,}", f"{d:,}") for name, a, b, c, d in report.silences])  # fmt: skip
    given = Counter(label for one, label in zip(report.entries, report.labels.tolist(), strict=True)
                    if one.label == "speech" and one.rms_dbfs >= SPEECH_FLOOR_DBFS)  # fmt: skip
    page.text(f"Speech of {SPEECH_FLOOR_DBFS:g} dBFS and more is called:")
    page.table(("label", "chunks"), [(label, f"{count:,}") for label, count in given.most_common()])


def _errors(page: Page, report: SilenceReport) -> None:
    page.text("## Where it errs")
    called = report.labels == "dead_air"
    page.text("Recall by condition of the channel and by source:")
    rows = []
    for heading, key in (("condition", lambda one: (one.condition,)), ("source", lambda one: (one.set,))):
        for name, numbers in _by(report.entries, report.truth, key):
            found = int(called[numbers].sum())
            missed = Counter(report.labels[numbers][~called[numbers]].tolist())
            rows.append((heading, *name, f"{len(numbers):,}", figure(found / len(numbers)), most(missed, 3)))
    page.table(("", "", "dead air", "recall", "missed as"), rows)
    page.text("The recordings of dead air of which most is missed:")
    parts = _by(report.entries, report.truth, lambda one: (one.set, one.recording))
    parts = [part for part in parts if not called[part[1]].all()]
    parts.sort(key=lambda part: (-int((~called[part[1]]).sum()), part[0]))
    page.table(
        ("source", "recording", "dead air", "missed", "as"),
        [
            (*name, f"{len(numbers):,}", f"{int((~called[numbers]).sum()):,}",
             most(Counter(report.labels[numbers][~called[numbers]].tolist()), 3))
            for name, numbers in parts[:_RECORDINGS]
        ],
    )  # fmt: skip
    page.text("Every kind of chunk that is called dead air and is not:")
    wrong = _by(report.entries, called & ~report.truth, lambda one: (one.label, one.kind, one.condition, one.set))
    wrong.sort(key=lambda row: -len(row[1]))
    page.table(
        ("label", "kind", "condition", "source", "chunks", "recordings", "dBFS"),
        [
            (*key, f"{len(numbers):,}", f"{len({recording(report.entries[i]) for i in numbers}):,}",
             f"{np.median([report.entries[i].rms_dbfs for i in numbers]):.1f}")
            for key, numbers in wrong[:_MOST_ROWS]
        ],
    )  # fmt: skip
    left = sum(len(numbers) for _, numbers in wrong[_MOST_ROWS:])
    page.text(f"and {left:,} chunks of other kinds." if left else ("None is." if not wrong else ""))


def _by(
    entries: Sequence[Entry], among: NDArray[np.bool_], key: Callable[[Entry], tuple[str, ...]]
) -> list[tuple[tuple[str, ...], NDArray[np.int64]]]:
    """Numbers of the chunks `among`, by what they have in common, in its order."""
    found: dict[tuple[str, ...], list[int]] = {}
    for number in np.flatnonzero(among).tolist():
        found.setdefault(key(entries[number]), []).append(number)
    return [(name, np.array(numbers, dtype=np.int64)) for name, numbers in sorted(found.items())]
