"""The page about mixed chunks: which part is what, and where one gives way to the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.artifact import ModelInfo
from models.classifier import ChunkClassifier
from models.dataset.store import Dataset, Entry
from models.evaluation.intervals import binomial_interval, grouped_interval
from models.evaluation.page import Page
from models.evaluation.passages import NEAR_S, MixFigures, accuracy_of, is_mixed, mix_figures, told_blocks
from models.evaluation.words import APART, figure, interval, percent, trained_on
from models.evidence import Evidence

_FEW: Final = 20  # chunks: kinds with fewer stand together


@dataclass(frozen=True, slots=True)
class PassagesReport:
    """What the page is made of.

    Attributes
    ----------
    model : ModelInfo
    dataset : Dataset
    seed : int
    entries : list of Entry
        Of the test split.
    kinds : dict of str to MixFigures
    needless : int
        Chunks of one sound that were told as several.
    own : int
        Mixed chunks with passages of which one has the chunk's label.
    parted : int
        Chunks with passages.
    """

    model: ModelInfo
    dataset: Dataset
    seed: int
    entries: list[Entry]
    kinds: dict[str, MixFigures]
    needless: int
    own: int
    parted: int


def evaluate_passages(
    classifier: ChunkClassifier, dataset: Dataset, numbers: Sequence[int], evidence: Sequence[Evidence], seed: int
) -> PassagesReport:
    """Judge chunks as serving does, and compare the passages with the truth.

    Parameters
    ----------
    classifier : ChunkClassifier
    dataset : Dataset
    numbers : sequence of int
        Which chunks.
    evidence : sequence of Evidence
        Of those.
    seed : int
        Of the intervals.
    """
    entries = [dataset.entries[number] for number in numbers]
    told = classifier.classify(evidence)
    blocks = [told_blocks(one.label, [(p.label, p.start_s, p.duration_s) for p in one.passages]) for one in told]
    parted = [one for one in told if one.passages]
    return PassagesReport(
        model=classifier.info,
        dataset=dataset,
        seed=seed,
        entries=entries,
        kinds=mix_figures(entries, blocks),
        needless=sum(
            len(set(names)) > 1
            for names, entry in zip(blocks, entries, strict=True)
            if entry.passages and not is_mixed(entry)
        ),
        own=sum(one.label == "undecided" or one.label in {p.label for p in one.passages} for one in parted),
        parted=len(parted),
    )


def write_passages(report: PassagesReport, folder: Path, command: str) -> Path:
    """Write the page; its path.

    Raises
    ------
    OSError
        If it can't be written.
    """
    page = Page("passages", "Inside a chunk: what sounds where", command)
    page.facts(_facts(report))
    page.text(
        "A chunk of two seconds is ten blocks of 200 ms. What definitions settle (nothing came, silence codes, a tone) "
        "is settled by them; the rest is heard by small boosted trees, weighed with the chunk's own label and "
        "smoothed. Blocks that lie across an edge have no truth. Dead air and noise, which the level of a passage "
        "tells apart, count as one. Intervals are of 95 %: of blocks by recordings drawn whole, of changes by change."
    )
    page.text("## Mixed chunks, by what was put together")
    kinds = [one for name, one in report.kinds.items() if name != "one sound"]
    shown = sorted((one for one in kinds if len(one.blocks) >= _FEW), key=lambda one: -len(one.blocks))
    rows = [_row(one, report.seed) for one in (*shown, *_rest(kinds, shown), _together("all mixed", kinds))]
    page.table(
        ("kind", "chunks", "blocks right, %", "95 %", f"changes told within {NEAR_S:g} s", "95 %", "median, s"), rows
    )
    page.text(
        f"A change counts where one label gives way to another; it is told where the passages have the same change. "
        f"The median is of how far away the nearest such change is told, the doubt between two passages left out. "
        f"{report.own:,} of {report.parted:,} chunks with passages have one of the chunk's own label"
        f"{'' if report.own < report.parted else ': all of them'}; an undecided chunk asks for none. "
        "The long pauses of a busy tone are quiet in the truth, and here the tone's own."
    )
    page.text("## Chunks of one sound")
    one = report.kinds.get("one sound", MixFigures("one sound"))
    page.table(("kind", "chunks", "blocks right, %", "95 %"), [_row(one, report.seed)[:4]])
    plain = sum(1 for entry in report.entries if entry.passages and not is_mixed(entry))
    page.text(
        f"{report.needless:,} of {plain:,} ({percent(report.needless / max(plain, 1))} %) were told as several "
        "passages: mostly short pauses that the truth counts as the talker's own, and silence codes in a faint room."
    )
    return page.write(folder)


def _facts(report: PassagesReport) -> dict[str, object]:
    mixed = sum(is_mixed(entry) for entry in report.entries)
    return {
        "model": f"`{report.model.version}`, {trained_on(report.model, report.dataset)}",
        "data set": f"seed {report.dataset.seed}, SHA-256 of `dataset.json` `{report.dataset.sha256}`",
        "seed of the intervals": report.seed,
        "chunks": f"{len(report.entries):,} of the test split, {mixed:,} of them mixed; {APART}",
    }


def _row(one: MixFigures, seed: int) -> tuple[object, ...]:
    pairs = np.column_stack([one.right, one.blocks]).astype(np.float64) if one.blocks else np.zeros((0, 2))
    low, high = grouped_interval(pairs, one.groups, accuracy_of, seed)
    changes = len(one.errors_s)
    return (
        one.kind,
        f"{len(one.blocks):,}",
        percent(one.accuracy),
        f"{percent(low)} to {percent(high)}",
        f"{one.found:,} of {changes:,} ({percent(one.found / max(changes, 1))} %)",
        interval(binomial_interval(one.found, changes)),
        figure(round(one.median_s, 2)),
    )


def _rest(kinds: Sequence[MixFigures], shown: Sequence[MixFigures]) -> list[MixFigures]:
    names = {one.kind for one in shown}
    rest = [one for one in kinds if one.kind not in names]
    return [_together(f"others ({len(rest)} kinds)", rest)] if rest else []


def _together(name: str, kinds: Sequence[MixFigures]) -> MixFigures:
    found = MixFigures(name)
    for one in kinds:
        found.right += one.right
        found.blocks += one.blocks
        found.groups += one.groups
        found.errors_s += one.errors_s
        found.error_groups += one.error_groups
    return found
