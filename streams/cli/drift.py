"""``callsieve drift``: whether calls still sound as they did."""

from typing import Annotated, Literal

import typer

from streams.cli.options import StoreUrl, settings_of

DRIFTED = 1
NOTHING_HEARD = 3  # 2 is for commands that are not understood


def drift(
    since: Annotated[str, typer.Option(help="hours since: 24h, 7d, today, or a date or time; 90 days at most")] = "24h",
    against: Annotated[
        Literal["window", "training"], typer.Option(help="the time right before, or what the live model learnt from")
    ] = "window",
    window: Annotated[str, typer.Option(help="how long that time is: 24h, 7d")] = "24h",
    threshold: Annotated[float, typer.Option(help="indices above it are drift", min=0.0)] = 0.2,
    at_least: Annotated[int, typer.Option(help="chunks that an hour needs to tell anything", min=1)] = 500,
    output: Annotated[Literal["table", "jsonl"], typer.Option("--format", help="for people or for programs")] = "table",
    store: StoreUrl = None,
) -> None:
    """Hold each hour's first chunks against those before: population stability index of every column and of the labels.

    Labels are always held against the time before: a training set has as many of each as its makers wanted.

    Status 0: no index is above the threshold; hours with too few chunks tell nothing. Status 1: one is, or the store
    can't be asked. Status 2: the command is not understood. Status 3: no chunk was measured or judged in that span, so
    that cron tells of a pipeline that stands still too.
    """
    import math

    import msgspec
    from rich.console import Console

    from streams.clock import now_ms
    from streams.learning.drift import drift as drift_of
    from streams.learning.live import training_deciles
    from streams.look.learning import drift_objects, drift_view
    from streams.look.report import AHEAD_MS
    from streams.look.span import since_ms
    from streams.look.store import migrated_store

    if math.isnan(threshold):  # which is in every range
        raise typer.BadParameter("no number", param_hint="--threshold")
    settings = settings_of(store=store)
    now = now_ms()
    begin = since_ms(since, now)
    training = training_deciles(settings.models) if against == "training" else None
    with migrated_store(settings.store) as opened:
        found = drift_of(
            opened,
            since_ms=begin,
            until_ms=now + AHEAD_MS,
            window_ms=now - since_ms(window, now),
            training=training,
            at_least=at_least,
            first_chunks=settings.feature_chunks or 1,
        )
    if output == "jsonl":
        for each in drift_objects(found, threshold):
            typer.echo(msgspec.json.encode(each).decode())
    else:
        Console(highlight=False).print(drift_view(found, threshold))
    if not found.hours:
        said = f"no chunk was measured or judged since {since}: does a worker run, with the role sink?"
        typer.echo(f"callsieve: {said}", err=True)
        raise typer.Exit(NOTHING_HEARD)
    if any(hour.over(threshold) for hour in found.hours):
        raise typer.Exit(DRIFTED)
