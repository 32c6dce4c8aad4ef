"""What the page says of the failure in production."""

from collections.abc import Sequence
from typing import Final

from models.evaluation.intervals import binomial_interval
from models.evaluation.page import Page
from models.evaluation.paper.cells import percent
from models.evaluation.paper.ordinary import DIGITAL_SILENCE
from models.evaluation.paper.production import TRUTHS, ZEROS, Probe, digital_share, opening_for
from models.evaluation.paper.protocol import Answers, Material, rates
from models.evaluation.paper.table import precision_at

_PREVALENCES: Final = (0.01, 0.20, 0.39)
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
    low, high = binomial_interval(0, found[0].sounds)
    page.text(
        f"Of 0 and of {found[0].sounds} in {found[0].sounds} the interval reaches {100 * high:.1f} points inwards "
        f"(Clopper and Pearson; {percent(low)} to {percent(high)} % for none). Three things stand out. Dead air made "
        "60 dB louder is the same vector and gets the same answer. Codecs' idle codes, which are digital silence with "
        "single steps in it, are called silent even where exact zeros were taught to be ordinary. And exact zeros "
        "follow whatever label they came with. A level and the share of silence codes beside U end all three, which is "
        "why the shipped model has them."
    )


def say_production(page: Page, material: Material, answers: Answers, found: Sequence[Probe]) -> None:
    """How precision moves with the prevalence and with the share of calls that open with digital silence."""
    sounding = material.kinds[answers.rows] != DIGITAL_SILENCE
    found_share, alarms = rates(answers.silent[sounding], answers.called[sounding])
    page.text("### Precision by prevalence")
    page.text(
        f"With the forest's recall ({percent(found_share)} %) and false-positive rate on ordinary calls that do not "
        f"open with digital silence ({percent(alarms)} %), both by recording, and digital silence called silent or "
        "not. The last column: how many of the ordinary calls must open with digital silence for 98.6 % of all that is "
        "called silent to be just that."
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
                _needed(opening_for(0.986, prevalence, found_share, alarms)),
            ])  # fmt: skip
    page.table(
        ("silent calls", "ordinary calls that open with digital silence", "precision %, it being told apart",
         "precision %, it being called silent", "digital silence in what is called silent %", "needed for 98.6 %"),
        rows,
    )  # fmt: skip
    page.text(
        "Neither needs a bad classifier: at 1 % prevalence a false-positive rate that looks harmless in a test set of "
        "39 % makes most of what is called silent wrong."
    )


def _needed(share: float) -> str:
    return f"{100 * share:.1f} %" if share <= 1.0 else "more than all"
