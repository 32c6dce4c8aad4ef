"""``callsieve evaluate silence``: dead air against everything else, beside other ways to tell it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streams.cli.evaluate import options
from streams.cli.evaluate.paper import reproduce_paper

if TYPE_CHECKING:  # imported when the command runs
    from streams.policy import Policy

_RECORDINGS: Final = Path("../shared/data")


def silence(
    context: typer.Context,
    dataset: options.Dataset = Path("build/dataset"),
    model: options.Model = None,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
    kept: Annotated[
        Path, typer.Option(help="where baselines' answers are kept for the next run on this data set", file_okay=False)
    ] = Path("build/evaluation"),
    paper: Annotated[
        bool, typer.Option("--paper", help="instead: reproduce the dead-air paper; needs no data set and no model")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            help="with --paper: recordings, else those in ../shared/data; simulated calls without any",
            envvar="CALLSIEVE_DATA",
        ),
    ] = None,
) -> None:
    """Measure how well dead air is told from everything else, on the recordings that no model was trained on.

    Beside it, on the same chunks: an energy threshold, WebRTC's and Silero's voice detectors, MFCCs and the paper's
    bases with a forest, gradient boosting on our features. Some minutes; needs callsieve[train].
    """
    if paper:
        reproduce_paper(data or (_RECORDINGS if _RECORDINGS.is_dir() else None), out, seed)
        return
    from models.evaluation.silence import evaluate_silence
    from models.evaluation.silence_page import write_silence
    from models.evaluation.silence_targets import targets
    from streams.policy import Policy

    with options.stages() as tell:
        report = evaluate_silence(dataset, model, _acted_on(Policy.load()), seed=seed, kept=kept, tell=tell)
    page = write_silence(report, out, options.as_typed(context))
    for one in targets(report):
        typer.echo(
            f"{'reached    ' if one.reached else 'not reached'}  {one.what}: {one.measured} (wanted: {one.wanted})"
        )
    typer.echo(f"all figures: {page}")


def _acted_on(policy: "Policy") -> dict[str, list[str]]:
    """Labels that the policy does more about than tag, by the severest action that may follow from a sure verdict."""
    from models.classifier import LABELS
    from streams.policy import SEVERITY

    found: dict[str, list[str]] = {}
    for label in LABELS:
        actions = [
            policy.decide(cause=cause, label=label, probability=1.0, chunks=chunks, phase="answered")
            for cause in ("audio", "tone")
            for chunks in range(1, 10)
        ]
        worst = max(actions, key=SEVERITY.index)
        if SEVERITY.index(worst) > SEVERITY.index("tag"):
            found.setdefault(worst, []).append(label)
    return found
