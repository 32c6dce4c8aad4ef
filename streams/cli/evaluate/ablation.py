"""``callsieve evaluate ablation``: what each family of features brings."""

from pathlib import Path

import typer

from streams.cli.evaluate import options


def ablation(
    context: typer.Context,
    dataset: options.Dataset = Path("build/dataset"),
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Measure what each family of features brings, and which estimator, on folds of train and once on test."""
    from models.evaluation.ablation import evaluate_ablation

    with options.stages() as tell:
        page = evaluate_ablation(dataset, out, seed=seed, command=options.as_typed(context), tell=tell)
    typer.echo(f"all figures: {page}")
