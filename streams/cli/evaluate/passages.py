"""``callsieve evaluate passages``: the parts of mixed chunks."""

from pathlib import Path

import typer

from streams.cli.evaluate import options


def passages(
    context: typer.Context,
    dataset: options.Dataset = Path("build/dataset"),
    model: options.Model = None,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Measure how well the parts of a mixed chunk are told, block by block and change by change."""
    from models.artifact import SHIPPED
    from models.classifier import ChunkClassifier
    from models.dataset.measured import measure
    from models.dataset.store import open_dataset
    from models.evaluation.passages_page import evaluate_passages, write_passages

    found = open_dataset(dataset)
    classifier = ChunkClassifier.load(model or SHIPPED)
    numbers = [number for number, entry in enumerate(found.entries) if entry.split == "test"]
    with options.stages() as tell:
        evidence = measure(found, numbers, lambda done, total: tell("measured", done, total))
        report = evaluate_passages(classifier, found, numbers, evidence, seed)
    typer.echo(f"all figures: {write_passages(report, out, options.as_typed(context))}")
