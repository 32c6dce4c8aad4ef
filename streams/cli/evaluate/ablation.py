"""``callsieve evaluate ablation``: what each family of features brings."""

from pathlib import Path

import typer

from streams.cli.evaluate import options


def ablation(
    dataset: options.Dataset = Path("build/dataset"),
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
) -> None:
    """Measure what each family of features brings, and which estimator, on folds of train and once on test."""
    from models.evaluation.ablation import evaluate_ablation

    command = "callsieve evaluate ablation" + (f" --seed {seed}" if seed != 1 else "")
    with options.stages() as tell:
        page = evaluate_ablation(dataset, out, seed=seed, command=command, tell=tell)
    typer.echo(f"all figures: {page}")
