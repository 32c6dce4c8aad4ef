"""``callsieve evaluate dtmf --paper``: the DTMF paper's own figures, made anew."""

from pathlib import Path
from typing import Annotated, Final

import typer

from streams.cli.evaluate import options

_RECORDINGS: Final = Path("../shared/data")


def dtmf(
    context: typer.Context,
    paper: Annotated[
        bool, typer.Option("--paper", help="reproduce the paper: its four models on its own tones, others beside them")
    ] = False,
    data: Annotated[
        Path,
        typer.Option(help="folder that holds dtmf_paper, and recordings of speech", envvar="CALLSIEVE_DATA"),
    ] = _RECORDINGS,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Reproduce the paper on telling DTMF keys by nearest neighbours, with --paper; some minutes.

    Its models A to D, the hyper-parameters found again, other methods and a better model on the authors' own tones;
    which tones are got wrong; what its best model hears on a running stream of speech. How well the detector that
    callsieve uses does, by ITU-T Q.24 and on hours of speech and music, `callsieve bench dtmf` measures.
    """
    if not paper:
        context.fail(
            "say --paper to reproduce the paper on its own tones; the detector that callsieve uses is measured by "
            "`callsieve bench dtmf`"
        )
    from models.evaluation.dtmf.reported import REPORTED
    from models.evaluation.dtmf.reproduce import reproduce
    from models.evaluation.dtmf.search import TRIALS

    with options.stages() as tell:
        made = reproduce(data, out, seed=seed, command=options.as_typed(context), trials=TRIALS, tell=tell)
    keys = made.results.asked.keys
    for name, said in made.results.said.items():
        reported = f"  (the paper's own figure: {REPORTED[name].percent} %)" if name in REPORTED else ""
        typer.echo(f"{name:28} {100 * (said == keys).mean():.3f} % right{reported}")
    typer.echo(f"all figures: {made.page}")
