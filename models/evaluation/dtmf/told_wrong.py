"""What the page says of the tones that are got wrong, of what a receiver must do with them, and of running streams."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.evaluation.dtmf.material import FREQUENCIES
from models.evaluation.dtmf.pictures import ACCEPTED, REJECTED, draw_shift
from models.evaluation.dtmf.ratio import SHIFTED, shifts
from models.evaluation.dtmf.receiver import NOTHING
from models.evaluation.dtmf.results import OURS, Results
from models.evaluation.dtmf.stream import FLOOR_DBFS, GATES, Heard
from models.evaluation.dtmf.told_tables import counted
from models.evaluation.page import Page

_SHOWN: Final = ("A", "C", "D", "SVM", "largest row and column", OURS)
_MADE: Final = 801  # samples of a clean tone
_BANDS: Final = (
    ("not shifted", 0.0, SHIFTED),
    ("0.5 to 1.5 %", SHIFTED, ACCEPTED),
    ("1.5 to 3.5 %", ACCEPTED, REJECTED),
    ("3.5 to 7 %", REJECTED, 0.07),
    ("7 to 13 %", 0.07, 0.5),
)


def say_wrong(page: Page, results: Results) -> None:
    """Accuracy by kind of augmentation."""
    tones = results.augmented
    shift = shifts(tones.lines, tones.keys)
    right = {name: results.by_source[name] == tones.keys for name in _SHOWN}
    page.text("## What is got wrong: tones whose pitch was shifted")
    moved = np.abs(shift) > SHIFTED
    still = int((~right["D"] & ~moved).sum())
    page.text(
        "The files don't say what was done to which copy, but the tones do: the shift is measured from their two lines "
        "(unshifted ones lie within 0.05 %), the change of tempo from their length, the noise from what isn't in the "
        f"two lines. {int(moved.sum()):,} of {len(shift):,} are shifted, {100 * moved.mean():.1f} %. Of D's "
        f"{int((~right['D']).sum()):,} wrong answers by source, {int((~right['D'] & moved).sum()):,} are about shifted "
        f"tones and {still:,} about others."
    )
    page.plot(
        "shift",
        draw_shift(shift, right, OURS),
        "Right answers over the shift of pitch: all models but E fall steeply beyond 1.5 %",
    )
    groups: dict[str, NDArray[np.bool_]] = {
        f"pitch {name}": (np.abs(shift) >= low) & (np.abs(shift) < high) for name, low, high in _BANDS
    }
    length, purity = tones.lengths, tones.lines.purity_db
    groups |= {
        "not shifted, played faster": ~moved & (length < _MADE),
        "not shifted, tempo as made": ~moved & (length == _MADE),
        "not shifted, played slower": ~moved & (length > _MADE),
        "not shifted, lines under 18 dB over the rest": ~moved & (purity < 18.0),
        "not shifted, lines 18 to 22 dB over": ~moved & (purity >= 18.0) & (purity < 22.0),
        "not shifted, lines 22 dB over or more": ~moved & (purity >= 22.0),
    }
    page.text("Right answers by source, per cent:")
    page.table(("tones", "n", *_SHOWN), [row for name, group in groups.items() for row in _row(name, group, right)])


def _row(name: str, group: NDArray[np.bool_], right: Mapping[str, NDArray[np.bool_]]) -> list[list[object]]:
    if not group.any():
        return []
    return [[name, f"{int(group.sum()):,}", *(f"{100 * hit[group].mean():.2f}" for hit in right.values())]]


def say_receiver(page: Page, results: Results, heard: NDArray[np.int64]) -> None:
    """What Q.24 wants of such tones."""
    tones = results.augmented
    shift = np.abs(shifts(tones.lines, tones.keys))
    page.text("### What a receiver must do with them")
    page.text(
        "ITU-T Q.24 has a receiver accept frequencies within 1.5 % and reject them beyond 3.5 % (AT&T's column). Being "
        "right about a tone that is 5 % off is being wrong on a telephone line: what the paper counts as errors, and "
        "what E gets right, is what a receiver must not hear. Measured by Q.24 a classifier without *no key* cannot "
        "pass, whatever its accuracy. The detector of `callsieve` on the same tones, one after the other with 50 ms "
        "of silence between them:"
    )
    rows = []
    off = np.abs(tones.lines.frequencies / FREQUENCIES[np.maximum(heard, 0)] - 1.0).max(axis=1)
    own, none, near = heard == tones.keys, heard == NOTHING, (heard >= 0) & (off <= REJECTED)
    for name, low, high in (
        ("within 1.5 %", 0.0, ACCEPTED),
        ("1.5 to 3.5 %", ACCEPTED, REJECTED),
        ("beyond 3.5 %", REJECTED, 0.5),
    ):
        group = (shift >= low) & (shift < high)
        n = int(group.sum())
        if n:
            counts = [int((group & one).sum()) for one in (own, none, near & ~own, ~own & ~none & ~near)]
            rows.append([name, f"{n:,}", counted(counts[0], n), counted(counts[1], n), *counts[2:]])
    headers = ("its key, once %", "nothing %", "another key, whose frequencies it has within 3.5 %", "anything else")
    page.table(("pitch off by", "n", *headers), rows)
    page.text(
        "Another key's frequencies: 1 shifted up by 10.5 % is 5 to within 0.1 %, and no receiver that hears it can "
        "know that it was sent as 1."
    )


def say_stream(page: Page, found: Mapping[str, Heard]) -> None:
    """What the paper's model does on a running stream of speech."""
    page.text("## On a running stream")
    if not found:
        page.text("No recordings of speech were given: `CALLSIEVE_DATA` names the directory that holds them.")
        return
    page.text(
        "The paper's D on windows of 100 ms, one every 50 ms, of speech in which nobody presses a key; each run of one "
        f"key counts once, and windows under {FLOOR_DBFS:.0f} dBFS are not asked about. Beside it the detector of "
        "`callsieve`. No detector was tuned on these recordings. Digits per hour:"
    )
    rows = []
    for folder, one in found.items():
        per_hour = [f"{one.theirs[gate] / one.hours:,.0f}" for gate in GATES]
        rows.append([folder, one.files, f"{one.hours:.2f}", *per_hour, f"{one.ours / one.hours:.1f} ({one.ours})"])
    hours = sum(one.hours for one in found.values())
    ours = sum(one.ours for one in found.values())
    theirs = [f"{sum(one.theirs[gate] for one in found.values()) / hours:,.0f}" for gate in GATES]
    rows.append(
        ["all", sum(one.files for one in found.values()), f"{hours:.2f}", *theirs, f"{ours / hours:.1f} ({ours})"]
    )
    page.table(("speech", "files", "hours", *(f"D: {gate}" for gate in GATES), "ours (digits)"), rows)
    most = float(stats.chi2.ppf(0.95, 2 * (ours + 1))) / 2.0 / hours
    page.text(
        f"{ours} of ours in {hours:.2f} hours are at most {most:.1f} an hour (Poisson, one-sided 95 %). Nearest "
        "neighbours answer whatever they are asked, and often with one voice. What keeps speech out is not the "
        "classifier but a gate in front of it; how much a gate may ask for without losing digits in noise, twist and "
        "echo is what `callsieve bench dtmf` measures, over many more hours."
    )
