"""``callsieve train``: the call-type model anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.evaluate.options import stages

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    import numpy as np
    from numpy.typing import NDArray


def train(
    out: Annotated[Path, typer.Option(help="folder of the model, made where there is none")] = Path("build/model"),
    seed: Annotated[int, typer.Option(help="same seed and data set, same bytes", min=0)] = 1,
    dataset: Annotated[Path, typer.Option(help="from `callsieve dataset build`", envvar="CALLSIEVE_DATASET")] = Path(
        "build/dataset"
    ),
    reviewed: Annotated[
        str | None,
        typer.Option(
            help="store whose accepted reviews are learnt from too: clickhouse://… or chdb:///path", metavar="STORE"
        ),
    ] = None,
) -> None:
    """Train the call-type model on a data set, and on what people said of calls (callsieve review).

    Writes model.json, chunk.onnx, blocks.onnx and MODEL_CARD.md, which holds the figures on what was held out. Nothing
    judges by it until it is added to a model library and promoted: see callsieve models --help. Warns of labels that it
    can't hear for want of examples. Needs callsieve[train].
    """
    from models.dataset.store import open_dataset
    from models.library.labels import unheard
    from models.training import train as train_model

    examples = _reviewed(reviewed) if reviewed else []
    opened = open_dataset(dataset)
    with stages() as tell:
        report = train_model(out, opened, seed=seed, extra=examples, progress=tell)
    right = float((report.truth == report.given).mean())
    typer.echo(f"{report.info.version} in {report.folder}")
    typer.echo(f"held out: {right:.1%} of {len(report.truth)} chunks right")
    typer.echo(f"all figures: {report.folder / 'MODEL_CARD.md'}")
    if missing := unheard(report.info.chunk.classes):
        typer.echo(
            f"warning: this model can't hear {', '.join(missing)}: the data set has too few examples to learn from; "
            "build a larger one: callsieve dataset build",
            err=True,
        )


def _reviewed(url: str) -> "list[tuple[NDArray[np.float32], str]]":
    from streams.learning.reviews import reviewed_examples
    from streams.look.store import migrated_store

    with migrated_store(url) as store:
        found = reviewed_examples(store)
    left_out = f", {found.left_out} left out: they were measured by another version" if found.left_out else ""
    typer.echo(f"{len(found.labels)} reviewed chunks{left_out}")
    return list(zip(found.rows, found.labels, strict=True))
