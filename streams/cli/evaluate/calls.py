"""``callsieve evaluate calls``: whole calls through the pipeline, and which of them are acted on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.evaluate import options

if TYPE_CHECKING:  # imported when the command runs
    from models.evaluation.calls.page import Robocall
    from streams.scan import LocalPipeline

Side = Literal["test", "train"]


def calls(
    context: typer.Context,
    dataset: options.Dataset = Path("build/dataset"),
    model: options.Model = None,
    out: options.Out = Path("docs/results/evaluation"),
    seed: options.Seed = 1,
    scale: Annotated[float, typer.Option(help="1 is about 1,000 calls", min=0.001, max=100.0)] = 1.0,
    side: Annotated[Side, typer.Option(help="of the split that calls are made of; train is for tuning")] = "test",
    data: Annotated[
        Path | None, typer.Option(help="recordings, of which the robocalls are judged too", envvar="CALLSIEVE_DATA")
    ] = Path("../shared/data"),
) -> None:
    """Measure how soon calls are known for what they are, and how many the policy acts on that it should not.

    Calls of 6 to 20 s are made of held-out chunks: dead air then speech, ring-back then speech, a long pause, fax and
    so on. Each goes through all cores as packets, as `callsieve scan` does.
    """
    from models.artifact import SHIPPED
    from models.classifier import ChunkClassifier
    from models.dataset.store import open_dataset
    from models.evaluation.calls.calls import made_calls
    from models.evaluation.calls.material import LABELS, Material
    from models.evaluation.calls.page import CallsReport, write_calls
    from streams.lists import ListView
    from streams.policy import Policy
    from streams.scan import LocalPipeline
    from streams.scan.follow import follow

    found = open_dataset(dataset)
    material = Material(found, lambda entry: entry.split == side)
    classifier, policy = ChunkClassifier.load(model or SHIPPED), Policy.load()
    pipeline = LocalPipeline(classifier, policy, ListView(), None)
    made = list(made_calls(material, seed, scale))
    followed = []
    with options.stages() as tell:
        for one in made:
            followed.append(follow(pipeline, one))
            tell("calls", len(followed), len(made))
    report = CallsReport(
        model=classifier.info,
        policy=policy.version,
        dataset=found,
        seed=seed,
        side=side,
        sources={name: material.sources(name) for name in LABELS},
        calls=followed,
        robocalls=_robocalls(pipeline, data),
    )
    typer.echo(f"all figures: {write_calls(report, out, options.as_typed(context))}")


def _robocalls(pipeline: "LocalPipeline", data: Path | None) -> list["Robocall"]:
    from models.evaluation.calls.page import Robocall
    from streams.numbers import NumberHasher
    from streams.scan import open_packets
    from streams.scan.build import local_tap
    from streams.scan.follow import followed_steps

    found = []
    for path in sorted((data / "robocalls").glob("*.flac")) if data is not None else ():
        tap = local_tap(path, NumberHasher(bytes(32), "made"))
        chunks, steps = followed_steps(pipeline.run(open_packets(path), tap))
        rows = [
            (step.end_s, chunk.label, chunk.probability, step.label, step.action)
            for chunk, step in zip(chunks, steps, strict=False)
        ]
        found.append(Robocall(path.stem.replace("_", " "), rows))
    return found
