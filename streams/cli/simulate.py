"""``callsieve simulate``: calls that never were, and the truth about them."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from streams.cli.options import Broker, Prefix, settings_of
from streams.cli.signals import stop_requests
from streams.clock import now_ms
from streams.settings import Settings

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from streams.feed import FrameProducer
    from streams.simulate.plan import Plan
    from streams.tap import Tap


def simulate(
    out: Annotated[
        Path | None,
        typer.Argument(
            help="capture file to write; the truth goes beside it (.json)", metavar="OUT.pcap", show_default=False
        ),
    ] = None,
    calls: Annotated[int, typer.Option(help="how many", min=1)] = 60,
    seed: Annotated[int, typer.Option(help="same seed, same bytes", min=0)] = 1,
    spread: Annotated[float, typer.Option(help="calls begin within so many seconds", min=0.0)] = 60.0,
    kafka: Annotated[bool, typer.Option("--kafka", help="play them into Kafka instead, at real-time pace")] = False,
    speed: Annotated[float, typer.Option(help="pace with --kafka", min=0.1)] = 1.0,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Make mixed telephone traffic with SIP, and the truth about it.

    Speech, silences, noise, tones, fax, digits and a robocall campaign. --kafka needs CALLSIEVE_HMAC_KEY.
    """
    from streams.simulate.pcapfile import write_pcap
    from streams.simulate.planning import plan_calls
    from streams.simulate.truth import write_truth

    if (out is None) == (not kafka):
        raise typer.BadParameter("name a file to write, or give --kafka", param_hint="OUT.pcap")
    if out is not None and out.suffix == ".json":
        raise typer.BadParameter("ends in .json, where the truth goes; call it .pcap", param_hint="OUT.pcap")
    plan = plan_calls(seed, calls, spread_s=spread)
    tap_on = _tap_on(settings_of(broker=broker, prefix=prefix)) if kafka else None
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("calls", total=calls)

        def tell(begun: int) -> None:
            progress.update(task, completed=begun)

        if out is not None:
            packets = write_pcap(out, plan, tell)
            truth = out.with_suffix(".json")
            write_truth(truth, plan)
            said = f"{packets} packets of {calls} calls in {out}, the truth in {truth}"
        if tap_on is not None:
            said = f"{_play(*tap_on, plan, speed, tell)} batches of {calls} calls in Kafka"
    typer.echo(said)


def _tap_on(settings: Settings) -> "tuple[Tap, FrameProducer]":
    from streams.feed import FrameProducer
    from streams.numbers import NumberHasher
    from streams.registry_wait import open_schemas
    from streams.tap import Tap
    from streams.topics import partition_count

    hasher = NumberHasher.of(settings)
    partitions = partition_count(settings.client(), settings.prefix)
    return Tap(f"simulate-{os.getpid()}", now_ms(), partitions, hasher), FrameProducer(
        settings, open_schemas(settings).codec
    )


def _play(tap: "Tap", producer: "FrameProducer", plan: "Plan", speed: float, progress: Callable[[int], None]) -> int:
    from streams.feed import feed_packets, shifted
    from streams.simulate.stream import simulated_packets

    packets = shifted(simulated_packets(plan, progress), int(time.time() * 1e6))
    with stop_requests() as stopped:
        feed_packets(packets, tap, producer.send, speed=speed, stopped=stopped.is_set)
        producer.flush()
    return producer.batches
