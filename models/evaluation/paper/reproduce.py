"""``callsieve evaluate silence --paper``: the set, the protocol, the curves, the failure, and the page about them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_limits

from models.evaluation.page import Page
from models.evaluation.paper.calls import Call, build_calls
from models.evaluation.paper.curves import Curve, curves
from models.evaluation.paper.mislabelled import ask_mislabelled
from models.evaluation.paper.production import PROBES, Probe, probes
from models.evaluation.paper.protocol import ESTIMATORS, Answers, Material, ask, grouped, shuffled
from models.evaluation.paper.spectra import draw_sizes, signs, sizes
from models.evaluation.paper.told_choices import say_curve, say_signs, say_sizes
from models.evaluation.paper.told_failure import say_probes, say_production
from models.evaluation.paper.told_result import facts, say_derivation, say_kinds, say_mislabelled, say_result, say_set
from models.evaluation.paper.vectors import base_vectors

NAME: Final = "paper"
COMMAND: Final = "callsieve evaluate silence --paper"


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of it.

    Attributes
    ----------
    page : Path
    calls : list of Call
    shuffled, grouped : dict of str to Answers
        By estimator: the paper's protocol, and whole recordings never trained on.
    curves : list of Curve
    probes : list of Probe
    """

    page: Path
    calls: list[Call]
    shuffled: dict[str, Answers]
    grouped: dict[str, Answers]
    curves: list[Curve]
    probes: list[Probe]


def reproduce(
    data: Path | None,
    out: Path,
    *,
    seed: int = 1,
    progress: Callable[[str, int, int], None],
    share: float = 1.0,
) -> Reproduction:
    """Reproduce the paper and write ``paper.md`` with its pictures.

    Parameters
    ----------
    data : Path, optional
        Directory of recordings (``CALLSIEVE_DATA``); without one all calls are simulated, which the page says.
    out : Path
        Folder of the page; made when it isn't there.
    seed : int
        Same seed and recordings, same bytes.
    progress : callable
        Told a stage, how much of it is done, and how much there is.
    share : float
        Of the paper's 948 and 1,500 calls, above 0 and at most 1; below 1 fewer transforms are tried.

    Returns
    -------
    Reproduction

    Raises
    ------
    ModelError
        When recordings can't be read, or matplotlib isn't installed.
    SynthesiserError
        When the synthesiser isn't installed.
    OSError
        When the page can't be written.
    """
    # threads of BLAS cost many times what they bring at this size, where others are at work, and may change last bits
    with threadpool_limits(1):
        calls = build_calls(data, seed, progress, share=share)
        sounds = [call.pcm for call in calls]
        material = Material.of(calls, base_vectors(sounds, tell=lambda done, total: progress("spectra", done, total)))
        by_call = _ask_all(material, seed, by_recording=False, progress=progress)
        by_recording = _ask_all(material, seed, by_recording=True, progress=progress)
        by_label = ask_mislabelled(material, seed, progress)
        drawn = curves(material, seed, lambda done, total: progress("curves", done, total))
        tried = sizes(calls, seed, progress, None if share == 1.0 else [(128, 64), (256, 128), (512, 256)])
        by_sign = signs(calls, material, seed, progress)
        found = probes(calls, seed, progress, each=max(round(share * PROBES), 5))

    page = Page(NAME, "The dead-air paper, reproduced", COMMAND + ("" if seed == 1 else f" --seed {seed}"))
    page.facts(facts(calls, data is not None, seed))
    say_result(page, material, by_call, by_recording, seed)
    say_derivation(page)
    say_set(page, calls, material)
    say_kinds(page, calls, by_recording["random forest"])
    say_mislabelled(page, by_label, seed)
    for curve in drawn:
        say_curve(page, curve)
    say_sizes(page, tried, seed)
    page.plot("sizes", draw_sizes(tried), "F1 over the transform's window length, a line for each hop")
    say_signs(page, by_sign)
    say_probes(page, found)
    say_production(page, material, by_recording["random forest"], found)
    path = page.write(out)
    progress("page", 1, 1)
    return Reproduction(path, calls, by_call, by_recording, drawn, found)


def _ask_all(
    material: Material, seed: int, *, by_recording: bool, progress: Callable[[str, int, int], None]
) -> dict[str, Answers]:
    splits = grouped(material, seed) if by_recording else shuffled(material, seed)
    stage, total, done = ("by recording" if by_recording else "by call"), len(splits) * len(ESTIMATORS), 0

    def fitted() -> None:
        nonlocal done
        done += 1
        progress(stage, done, total)

    return {
        name: ask(make, material, splits, seed, by_recording=by_recording, tell=fitted)
        for name, make in ESTIMATORS.items()
    }
