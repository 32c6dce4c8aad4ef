"""What the page says of spectral peaks under noise."""

import numpy as np

from models.evaluation.page import Page
from models.evaluation.replay.pictures import CLAIMED, draw_survival
from models.evaluation.replay.survival import LEVELS_DB, NOISES, PICKINGS, Survival


def say_survival(page: Page, found: Survival) -> None:
    """The paper's Figure 4: shares over type and level of noise."""
    page.text("## Spectral peaks under noise")
    page.text(
        "Windows of 128 ms every 16 ms, lines from 250 to 3,400 Hz. How a peak is picked is open in the paper; here in "
        "two ways: the five highest hills of each window, and the highest cells of their surroundings (64 ms and 23 Hz "
        "to either side), at most 20 a second. A peak stays where the noisy call has one of its own within a line (of "
        "the second kind also within a window). Levels are those of the whole call over the noise. In brackets: what "
        "the noisy copy of *another* call has at the same places. Per cent, means over the calls:"
    )
    rows = []
    for picking in PICKINGS:
        for noise in NOISES:
            stay, chance = found.stay[picking, noise].mean(axis=1), found.chance[picking, noise].mean(axis=1)
            cells = [f"{100 * s:.0f} ({100 * c:.0f})" for s, c in zip(stay, chance, strict=True)]
            rows.append([f"highest {picking}", noise, *cells])
    page.table(("peaks", "noise", *(f"{level} dB" for level in LEVELS_DB)), rows)
    page.plot("survival", draw_survival(found), "Peaks that stay over the level of the noise")
    at = LEVELS_DB.index(10)
    worst = min(((key, float(found.stay[key][at].mean())) for key in found.stay), key=lambda one: one[1])
    fewest = min(float(np.min(found.stay[key][at])) for key in found.stay)
    held = "holds" if worst[1] >= CLAIMED else "does not hold"
    page.text(
        f"The paper: at least {100 * CLAIMED:.0f} % stay at 10 dB. Here {100 * worst[1]:.0f} % stay on average under "
        f"the noise that leaves the fewest ({worst[0][1]}, {worst[0][0]}), and {100 * fewest:.0f} % of the worst "
        f"single call's: it {held}. Peaks of their surroundings are hardly ever matched by chance, which is why "
        "`callsieve` builds its fingerprint on them."
    )
