"""``callsieve train``: the call-type model anew."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


def train(
    out: Annotated[Path, typer.Option(help="where the model and its card go")] = Path("models/artifacts"),
    seed: Annotated[int, typer.Option(help="same seed and recordings, same bytes", min=0)] = 1,
    data: Annotated[
        Path | None, typer.Option(help="real recordings besides the simulated calls", envvar="CALLSIEVE_DATA")
    ] = None,
) -> None:
    """Train the call-type model on simulated calls, and on real recordings where CALLSIEVE_DATA names a folder.

    The shipped model has also seen Debian's asterisk-moh-opsound-wav and asterisk-core-sounds-en-wav, -es-wav and
    -it-wav, which are read where the packages put them.

    Writes call_type.skops (no pickle), call_type.json and MODEL_CARD.md, which holds the figures on held-out sources.
    """
    from models.training import train as train_model

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        report = train_model(out, seed=seed, data=data if data and os.path.isdir(data) else None, progress=tell)
    typer.echo(f"{report.info.version} in {report.artifact}")
    typer.echo(f"held-out simulated calls: {report.simulated.accuracy:.1%} of {report.simulated.chunks} chunks right")
    if report.recorded is not None:
        typer.echo(f"held-out recordings: {report.recorded.accuracy:.1%} of {report.recorded.chunks} chunks right")
    typer.echo(f"all figures: {report.card}")
