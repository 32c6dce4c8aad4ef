"""``callsieve evaluate labels``: how well every label is told, through every channel."""

from pathlib import Path

import typer

from streams.cli.evaluate import options

ACTED_ON = ("no_media", "digital_silence", "dead_air", "fax", "modem", "recording")


def labels(
    context: typer.Context,
    dataset: options.Dataset = Path("build/dataset"),
    model: options.Model = None,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Measure how well every label is told on recordings never trained on, in each condition of the channel."""
    from models.evaluation.labels_page import evaluate_labels

    with options.stages() as tell:
        report = evaluate_labels(dataset, model, ACTED_ON, out, seed=seed, command=options.as_typed(context), tell=tell)
    for name, found in report.conditions.items():
        missed = "  below what is wanted" if name in report.missed else ""
        typer.echo(f"{name:18} macro F1 {found.value:.3f} ({found.interval[0]:.3f} to {found.interval[1]:.3f}){missed}")
    typer.echo(f"all figures: {report.page}")
