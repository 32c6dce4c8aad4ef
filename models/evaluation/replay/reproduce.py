"""``callsieve evaluate replay --paper``: everything measured, and the page about it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.evaluation.page import Page
from models.evaluation.replay.calls import CALLS, Call, gather, still_share
from models.evaluation.replay.identify import Answers, identify
from models.evaluation.replay.modifications import KINDS, Modification, modifications
from models.evaluation.replay.shipped import chances
from models.evaluation.replay.survival import Survival, survival
from models.evaluation.replay.told import say_first_method, say_normalised
from models.evaluation.replay.told_peaks import say_survival
from models.evaluation.replay.told_shipped import say_shipped

NAME: Final = "replay"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of it.

    Attributes
    ----------
    page : Path
    modified : list of Modification
    answers : list of Answers
        The paper's first.
    survival : Survival
    """

    page: Path
    modified: list[Modification]
    answers: list[Answers]
    survival: Survival


def reproduce(
    data: Path, out: Path, *, seed: int, command: str, tell: Callable[[str, int, int], None], calls: int = CALLS
) -> Reproduction:
    """Reproduce the paper and write ``replay.md`` with its pictures.

    Parameters
    ----------
    data : Path
        Directory with recordings.
    out : Path
        Folder of the page; made when it isn't there.
    seed : int
        Same seed and recordings, same page.
    command : str
        What makes the page anew.
    tell : callable
        Told a stage, how much of it is done, and of how much.
    calls : int
        At least 3.

    Raises
    ------
    ModelError
        When recordings, librosa, PyAV or matplotlib are missing.
    OSError
        When the page can't be written.
    """
    gathered, modified = gather(data, seed, calls=calls), modifications()
    answers = identify(gathered, modified, seed, lambda done, total: tell("codebooks", done, total))
    ours = chances(gathered, modified, seed, lambda done, total: tell("fingerprints", done, total))
    stay = survival(gathered, seed, lambda done, total: tell("peaks", done, total))
    page = Page(NAME, "The replay paper, reproduced", command)
    page.facts(_facts(gathered, modified, seed))
    _say_choices(page)
    say_first_method(page, answers, modified, seed, np.array([still_share(call) for call in gathered]))
    say_normalised(page, answers, modified, seed)
    say_survival(page, stay)
    say_shipped(page, ours, answers, modified, seed)
    return Reproduction(page.write(out), modified, answers, stay)


def _facts(calls: Sequence[Call], modified: Sequence[Modification], seed: int) -> dict[str, object]:
    sources = ", ".join(f"{count} of {source}" for source, count in Counter(call.source for call in calls).items())
    seconds = [call.pcm.size / 8000 for call in calls]
    return {
        "paper": "Pörschmann, Knospe, *Spectral Analysis of Audio Signals for the Identification of Spam Over IP "
        "Telephony*",
        "calls": f"{len(calls)}, {min(seconds):.0f} to {max(seconds):.0f} s, after mu-law: {sources} (prompts of one "
        "voice joined with pauses of 0.3 s; recordings of one device joined)",
        "replays": f"{len(modified)} of each call: two unchanged but for their start, and {len(modified) - 2} of the "
        f"paper's {len(KINDS)} kinds, which begin 13 ms later than the call and pass mu-law again",
        "seed": seed,
        "intervals": "95 %, bootstrapped over calls, because the replays of one call are alike; exact for so many "
        "calls where none or all count",
    }


def _say_choices(page: Page) -> None:
    page.text("## What the paper leaves open, and what was chosen")
    page.table(
        ("question", "chosen"),
        [
            [
                "flatness and crest",
                "AudioSpectrumFlatness of ISO/IEC 15938-4: windows of 30 ms without overlap, Hamming, quarter octaves "
                "from 250 Hz that reach 5 % beyond their edges, lines in twos from 1 kHz and in fours from 2 kHz. The "
                "crest isn't in that standard: greatest over mean power of the same lines",
            ],
            [
                "28 values",
                "14 bands, 250 to 2,828 Hz, for both: the fifteenth would reach 3,532 Hz, beyond a telephone's 3,400",
            ],
            ["the codebook", "LBG: each code split in two, then Lloyd's moves, up to 256; at most 50 moves a size"],
            ["7,168 bytes", "a byte a value, in equal steps between fixed bounds"],
            [
                "the distance",
                "mean Euclidean distance from a replay's windows to the nearest code (at most 256 windows, spread "
                "evenly). Two codebooks: the mean of both ways",
            ],
            ["amounts", "as listed below by modification; pitch both with the speed kept and with it"],
            ["noise levels", "RMS of the whole call over that of the noise"],
            ["who is falsely found", "queries whose own call isn't enrolled, and pairs of a replay and another call"],
        ],
    )
