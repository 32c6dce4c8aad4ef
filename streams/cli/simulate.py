"""``callsieve simulate``: calls that never were, and the truth about them."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from streams.cli.options import Broker, Prefix, settings_of


def simulate(
    out: Annotated[Path | None, typer.Argument(help="capture file to write; the truth goes beside it (.json)")] = None,
    calls: Annotated[int, typer.Option(help="how many", min=1)] = 60,
    seed: Annotated[int, typer.Option(help="same seed, same bytes", min=0)] = 1,
    spread: Annotated[float, typer.Option(help="calls begin within so many seconds", min=0.0)] = 60.0,
    kafka: Annotated[bool, typer.Option("--kafka", help="play them into Kafka instead, at real-time pace")] = False,
    speed: Annotated[float, typer.Option(help="pace with --kafka", min=0.1)] = 1.0,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Make mixed telephone traffic with SIP: speech, silences, noise, tones, fax, digits and a robocall campaign."""
    from streams.simulate.pcapfile import write_pcap
    from streams.simulate.planning import plan_calls
    from streams.simulate.truth import write_truth

    if (out is None) == (not kafka):
        raise typer.BadParameter("name a file to write, or give --kafka", param_hint="OUT")
    plan = plan_calls(seed, calls, spread_s=spread)
    with Progress() as progress:
        task = progress.add_task("calls", total=calls)
        if out is not None:
            packets = write_pcap(out, plan, lambda begun: progress.update(task, completed=begun))
            truth = out.with_suffix(".json")
            write_truth(truth, plan)
        else:
            _play(broker, prefix, plan, speed, lambda begun: progress.update(task, completed=begun))
    if out is not None:
        typer.echo(f"{packets} packets of {calls} calls in {out}, the truth in {truth}")


def _play(broker: str | None, prefix: str | None, plan: "object", speed: float, progress: "object") -> None:
    from streams.feed import FrameProducer, feed_packets, shifted
    from streams.numbers import NumberHasher
    from streams.simulate.plan import Plan
    from streams.simulate.stream import simulated_packets
    from streams.tap import Tap
    from streams.topics import partition_count

    assert isinstance(plan, Plan) and callable(progress)  # noqa: S101, PT018 - for the type checker
    settings = settings_of(broker=broker, prefix=prefix)
    hasher = NumberHasher(settings.key, settings.hmac_key_id)
    now_us = int(time.time() * 1e6)
    tap = Tap("simulate", now_us // 1000, partition_count(settings.bootstrap, settings.prefix), hasher)
    producer = FrameProducer(settings)
    feed_packets(shifted(simulated_packets(plan, progress), now_us), tap, producer.send, speed=speed)
    producer.flush()
