"""What the page says of the fingerprint that callsieve uses, beside the paper's first method."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.evaluation.page import Page
from models.evaluation.replay.identify import Answers
from models.evaluation.replay.measures import RATE
from models.evaluation.replay.modifications import KINDS, UNCHANGED, Modification
from models.evaluation.replay.told import Found, percent
from models.evaluation.replay.views import PAPER


def say_shipped(
    page: Page, chances: NDArray[np.float64], answers: Sequence[Answers], modified: Sequence[Modification], seed: int
) -> None:
    """Tell how the fingerprint does on the same queries, kind by kind."""
    ours, paper = Found(chances), Found(next(one.distances for one in answers if one.name == PAPER))
    told = ours.first & (ours.own <= np.log(RATE))
    page.text("## What callsieve uses instead, on the same replays")
    page.text(
        "Triplets of peaks on a logarithmic frequency axis find a call, a shift of pitch and a tempo; words along that "
        "path decide. *Found* is as above. *By its own word*: nearest, and the match's own false-match probability is "
        f"at most {RATE:g}; no threshold is chosen on these queries then."
    )
    rows = []
    for kind in (UNCHANGED, *KINDS, "all eight kinds"):
        chosen = np.array([m.kind != UNCHANGED if kind == "all eight kinds" else m.kind == kind for m in modified])
        if chosen.any():
            flags = (ours.first, ours.per_query, told, paper.first, paper.per_query)
            n = int(chosen.sum()) * chances.shape[1]
            rows.append([kind, f"{n:,}", *(percent(one[chosen], seed) for one in flags)])
    headers = ("nearest %", "found %", "by its own word %", "the paper's first method: nearest %", "found %")
    page.table(("modification", "n", *headers), rows)
    false = int((ours.other <= np.log(RATE)).sum())
    missed = [
        f"{m.name} ({100 * (1 - told[number].mean()):.0f} %)"
        for number, m in enumerate(modified)
        if not told[number].all()
    ]
    page.text(
        f"With their own call left out, {false} of {ours.other.size:,} queries find another by its own word; {RATE:g} "
        f"of them would be {RATE * ours.other.size:.0f}. Missed by its own word: {', '.join(missed) or 'none'}."
    )
    page.text(
        "The fingerprint was tuned on one half of the voices at hand, some of these among them; `callsieve bench "
        "replay` has the figures on the other half, on short queries and against many more calls."
    )
