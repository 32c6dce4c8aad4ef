"""What the page says of the failure in production."""

from collections.abc import Sequence
from typing import Final

from models.evaluation.intervals import binomial_interval
from models.evaluation.page import Page
from models.evaluation.paper.cells import percent
from models.evaluation.paper.ordinary import DIGITAL_SILENCE
from models.evaluation.paper.production import (
    DEAD_AIR,
    EXACT_ZEROS,
    IDLE_CODES,
    LOUD_DEAD_AIR,
    TRUTHS,
    ZEROS,
    Probe,
    Truth,
    Zero,
    digital_share,
    opening_for,
)
from models.evaluation.paper.protocol import Answers, Material, rates
from models.evaluation.paper.table import TABLE_1, false_positive_rate, precision_at

_PREVALENCES: Final = (0.01, 0.20, 0.39)
_FLOOD: Final = 0.986  # share of digital silence in what the paper's model called silent in production
_OPENINGS: Final = (0.0, 0.01, 0.05, 0.2)


def say_probes(page: Page, found: Sequence[Probe]) -> None:
    """What the trained forest says of sounds one would ask it about."""
    page.text("## The failure in production")
    page.text(
        "98.6 % of what the paper's model called silent later was pure digital silence, which ordinary calls hold too. "
        "The mechanism, on sounds of other seeds: the forest trained on the whole set, with digital silence among the "
        "ordinary calls, with none at all, and with a tenth of the calls labelled by outcome being digital silence, "
        "because an outcome cannot tell one silence from another. U of a spectrum of nothing is arbitrary: *zeros* as "
        "here, *identity* as numpy's decomposition gives it. Called silent, %:"
    )
    headers = [f"digital silence {truth}, U {zero}" for truth in TRUTHS for zero in ZEROS]
    rows = [[p.name, p.sounds, *(round(100 * p.called[t, z] / p.sounds) for t in TRUTHS for z in ZEROS)] for p in found]
    page.table(("sound", "n", *headers), rows)
    of = {probe.name: probe for probe in found}
    exact, idle, dead, louder = (of[name] for name in (EXACT_ZEROS, IDLE_CODES, DEAD_AIR, LOUD_DEAD_AIR))
    high = binomial_interval(0, found[0].sounds)[1]
    taught: tuple[Truth, Zero] = ("ordinary", "zeros")
    wrongly: tuple[Truth, Zero] = ("silent", "zeros")
    page.text(
        f"0 of {found[0].sounds} may be up to {100 * high:.1f} % (Clopper and Pearson); exact zeros are one vector, "
        "however often it is asked about.\n\n"
        f"- Level: {dead.called[taught]} of {dead.sounds} pieces of dead air are called silent, and "
        f"{louder.called[taught]} of the same ones made 60 dB louder: but for the coding they are the same vectors.\n"
        f"- Idle codes, zeros with single steps of the codec in them: {idle.called[taught]} of {idle.sounds} are "
        "called silent where exact zeros were taught to be ordinary.\n"
        f"- Exact zeros follow the label they came with: {exact.called[taught]} of {exact.sounds} are called silent "
        f"where they were taught to be ordinary, {exact.called[wrongly]} where some calls labelled by outcome were "
        "digital silence.\n\n"
        "A level and the share of silence codes, beside U, tell all three."
    )


def say_production(page: Page, material: Material, answers: Answers, found: Sequence[Probe]) -> None:
    """How precision moves with the prevalence and with the share of calls that open with digital silence."""
    sounding = material.kinds[answers.rows] != DIGITAL_SILENCE
    found_share, alarms = rates(answers.silent[sounding], answers.called[sounding])
    page.text("### Precision by prevalence")
    page.text(
        f"With the forest's recall ({percent(found_share)} %) and false-positive rate on ordinary calls that do not "
        f"open with digital silence ({percent(alarms)} %), both by recording, and digital silence called silent or "
        "not:"
    )
    rows = []
    for prevalence in _PREVALENCES:
        for opening in _OPENINGS:
            wrong = alarms * (1.0 - opening) + opening
            rows.append([
                f"{100 * prevalence:.0f} %", f"{100 * opening:.0f} %",
                percent(precision_at(found_share, alarms * (1.0 - opening), prevalence)),
                percent(precision_at(found_share, wrong, prevalence)),
                percent(digital_share(prevalence, found_share, alarms, 1.0, opening)),
            ])  # fmt: skip
    page.table(
        ("silent calls", "ordinary calls that open with digital silence", "precision %, it being told apart",
         "precision %, it being called silent", "digital silence in what is called silent then %"),
        rows,
    )  # fmt: skip
    paper = TABLE_1[-1]
    page.text(
        "How many of the ordinary calls must open with digital silence for 98.6 % of all that is called silent to be "
        "just that, it being called silent:"
    )
    page.table(
        (
            "silent calls",
            "with the forest here",
            "with the paper's forest, as its row implies",
        ),
        [
            [
                f"{100 * prevalence:g} %",
                _needed(opening_for(_FLOOD, prevalence, found_share, alarms)),
                _needed(opening_for(_FLOOD, prevalence, paper.recall, false_positive_rate(paper))),
            ]
            for prevalence in (0.001, *_PREVALENCES)
        ],
    )
    page.text(
        "So zeros can only flood what is called silent where most calls open with them, as they may where media "
        "is cut through late, or where the other false alarms are far fewer than in either test set. Either way the "
        "figure is one of the traffic and not of the test set: at 1 % silent calls a false-positive rate that looks "
        "harmless beside 39 % makes most of what is called silent wrong by itself."
    )


def _needed(share: float) -> str:
    return f"{100 * share:.1f} %" if share <= 1.0 else "more than all"
