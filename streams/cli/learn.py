"""``callsieve train``: the call-type model anew."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


def train(
    out: Annotated[Path, typer.Option(help="folder of the model")] = Path("models/artifacts/call_type"),
    seed: Annotated[int, typer.Option(help="same seed and data set, same bytes", min=0)] = 1,
    dataset: Annotated[Path, typer.Option(help="from `callsieve dataset build`", envvar="CALLSIEVE_DATASET")] = Path(
        "build/dataset"
    ),
) -> None:
    """Train the call-type model on a data set.

    Writes model.json, chunk.onnx, blocks.onnx and MODEL_CARD.md, which holds the figures on what was held out. Needs
    callsieve[train].
    """
    from models.dataset.store import open_dataset
    from models.training import train as train_model

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    opened = open_dataset(dataset)
    with Progress(*columns) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        report = train_model(out, opened, seed=seed, progress=tell)
    right = float((report.truth == report.given).mean())
    typer.echo(f"{report.info.version} in {report.folder}")
    typer.echo(f"held out: {right:.1%} of {len(report.truth)} chunks right")
    typer.echo(f"all figures: {report.folder / 'MODEL_CARD.md'}")
