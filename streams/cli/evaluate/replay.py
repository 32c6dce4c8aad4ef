"""``callsieve evaluate replay --paper``: the replay paper's own figures, made anew."""

from pathlib import Path
from typing import Annotated, Final

import typer

from streams.cli.evaluate import options

_RECORDINGS: Final = Path("../shared/data")


def replay(
    context: typer.Context,
    paper: Annotated[
        bool, typer.Option("--paper", help="reproduce the paper: codebooks of flatness and crest, peaks under noise")
    ] = False,
    data: Annotated[
        Path,
        typer.Option(help="folder that holds robocalls and speech_calls", envvar="CALLSIEVE_DATA"),
    ] = _RECORDINGS,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Reproduce the paper on finding replayed calls by their spectra, with --paper; some minutes.

    28 calls in its eight kinds of modification against codebooks of spectral flatness and crest, what normalisation
    makes of them, and how many spectral peaks stay under noise. How well the fingerprint that callsieve uses does,
    `callsieve bench replay` measures.
    """
    if not paper:
        context.fail(
            "say --paper to reproduce the paper; the fingerprint that callsieve uses is measured by "
            "`callsieve bench replay`"
        )
    from models.evaluation.replay.measures import RATE
    from models.evaluation.replay.reproduce import reproduce
    from models.evaluation.replay.told import all_found

    with options.stages() as tell:
        made = reproduce(data, out, seed=seed, command=options.as_typed(context), tell=tell)
    for name, found in all_found(made.answers).items():
        nearest, sure = 100 * found.first.mean(), 100 * found.per_query.mean()
        typer.echo(f"{name:46} nearest {nearest:5.1f} %, found at {RATE:g} {sure:5.1f} %")
    typer.echo(f"all figures: {made.page}")
