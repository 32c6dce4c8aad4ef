"""``callsieve evaluate dtmf --paper``: everything measured, and the page about it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from models.evaluation.dtmf.material import LABELS, load_tones
from models.evaluation.dtmf.pictures import draw_confusion, draw_counts
from models.evaluation.dtmf.receiver import receive
from models.evaluation.dtmf.results import COUNTS, OURS, Results, results
from models.evaluation.dtmf.stream import listen
from models.evaluation.dtmf.told_tables import say_guessed, say_ours, say_search, say_table_3, say_table_4
from models.evaluation.dtmf.told_wrong import say_receiver, say_stream, say_wrong
from models.evaluation.page import Page

NAME: Final = "dtmf"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of it.

    Attributes
    ----------
    page : Path
    results : Results
    """

    page: Path
    results: Results


def reproduce(
    data: Path, out: Path, *, seed: int, command: str, trials: int, tell: Callable[[str, int, int], None]
) -> Reproduction:
    """Reproduce the paper and write ``dtmf.md`` with its pictures.

    Parameters
    ----------
    data : Path
        Directory with the folder ``dtmf_paper``, and folders of speech where there are any.
    out : Path
        Folder of the page; made when it isn't there.
    seed : int
        Same seed and tones, same bytes.
    command : str
        What makes the page anew.
    trials : int
        Of the search for hyper-parameters, for each model.
    tell : callable
        Told a stage, how much of it is done, and of how much.

    Raises
    ------
    ModelError
        When the tones aren't there or can't be used, or Optuna or matplotlib isn't installed.
    OSError
        When the page can't be written.
    """
    measured = results(data, seed=seed, trials=trials, tell=tell)
    received = receive(load_tones(data)[1])
    tell("receiver", 1, 1)
    heard = listen(data, measured.known, lambda done, total: tell("running stream", done, total))

    page = Page(NAME, "The DTMF paper, reproduced", command)
    page.facts(_facts(measured, seed))
    say_table_3(page, measured, seed)
    say_guessed(page)
    say_ours(page, measured)
    say_table_4(page, measured, seed)
    say_wrong(page, measured)
    say_receiver(page, measured, received)
    say_search(page, measured, trials)
    page.plot("neighbours", draw_counts(np.array(COUNTS), measured.curves), "Right answers over K for models A to D")
    page.text(
        "A and B fall where K is several times the number of clean tones that a key has in the folds (about "
        f"{len(measured.known.clean.keys) * 4 // 5 // len(LABELS)}): then whole other keys vote."
    )
    page.text("## What is taken for what")
    page.text(
        "Augmented tones by source; right answers left out. D mostly takes a tone for the next key on its diagonal of "
        "the keypad, whose row and column are both a step up or down."
    )
    page.plot(
        "confusion",
        draw_confusion(measured.augmented.keys, {name: measured.by_source[name] for name in ("D", OURS)}),
        "Wrong answers of D and E, by key that is and key that was said",
    )
    say_stream(page, heard)
    return Reproduction(page.write(out), measured)


def _facts(measured: Results, seed: int) -> dict[str, object]:
    return {
        "paper": "Maity, Prakasam, Bhargava, *Robust dual-tone multi-frequency tone detection using k-nearest "
        "neighbour classifier for a noisy environment*, Applied Computing and Informatics, 2021, "
        "doi 10.1108/ACI-10-2020-0105",
        "tones": f"the authors' own, 100 ms at 8 kHz: {len(measured.augmented.keys):,} augmented copies of "
        f"{len(np.unique(measured.augmented.sources)):,} clean tones (127 pairs of levels for each of 16 keys), in the "
        "folder dtmf_paper of `CALLSIEVE_DATA`",
        "seed": seed,
        "intervals": "95 %: exact (Clopper and Pearson) where tones count one by one; by source bootstrapped over "
        "clean tones, whose copies are alike",
    }
