"""``callsieve evaluate silence --paper``: the dead-air paper's own figures, made anew."""

from pathlib import Path

import typer

from streams.cli.evaluate import options


def reproduce_paper(data: Path | None, out: Path, seed: int, *, share: float = 1.0) -> None:
    """Reproduce the paper on recordings where a folder of them is given, else on simulated calls, and say where."""
    from models.errors import ModelError
    from models.evaluation.paper.protocol import accuracy, precision, recall
    from models.evaluation.paper.reproduce import reproduce

    if data is not None and not data.is_dir():
        raise ModelError(f"no recordings: {data} is not a directory; without one all calls are simulated")
    with options.stages() as tell:
        made = reproduce(data, out, seed=seed, progress=tell, share=share)
    for name, answers in made.grouped.items():
        figures = (precision(answers, seed), recall(answers, seed), accuracy(answers, seed))
        said = ", ".join(
            f"{what} {100 * figure.value:.1f} % ({100 * figure.low:.1f} to {100 * figure.high:.1f})"
            for what, figure in zip(("precision", "recall", "accuracy"), figures, strict=True)
        )
        typer.echo(f"{name} on recordings never trained on: {said}")
    typer.echo(f"all figures: {made.page}")
