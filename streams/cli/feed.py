"""``callsieve feed``: a capture file into Kafka."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from streams.cli.options import Broker, Prefix, settings_of


def feed(
    capture: Annotated[Path, typer.Argument(help="pcap or pcapng file")],
    broker: Broker = None,
    prefix: Prefix = None,
    speed: Annotated[str, typer.Option(help="1 keeps the pace of the capture, 2 doubles it, max is flat out")] = "max",
    tap_id: Annotated[str, typer.Option(help="name of this tap")] = "feed",
    as_captured: Annotated[
        bool, typer.Option("--as-captured", help="keep the file's own times; otherwise the first packet is now")
    ] = False,
    telephone_event: Annotated[
        int, typer.Option(help="payload type of RFC 4733 events where no SDP says it", min=0, max=127)
    ] = 101,
) -> None:
    """Play a capture into rtp.frames: what a tap on the wire would have sent.

    Needs CALLSIEVE_HMAC_KEY: numbers go to Kafka only as keyed hashes.
    """
    from streams.capture import read_capture
    from streams.feed import FrameProducer, feed_packets, shifted
    from streams.numbers import NumberHasher
    from streams.tap import Tap, TapSettings
    from streams.topics import partition_count

    settings = settings_of(broker=broker, prefix=prefix)
    pace = _pace(speed)
    packets = read_capture(capture)
    tap = Tap(
        tap_id,
        int(time.time() * 1000),
        partition_count(settings.bootstrap, settings.prefix),
        NumberHasher(settings.key, settings.hmac_key_id),
        TapSettings(telephone_event_payload_type=telephone_event),
    )
    producer = FrameProducer(settings)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        task = progress.add_task(capture.name, total=None)
        feed_packets(
            packets if as_captured else shifted(packets, int(time.time() * 1e6)),
            tap,
            producer.send,
            speed=pace,
            progress=lambda _: progress.advance(task),
        )
        producer.flush()
    counters = tap.counters
    typer.echo(
        f"{counters.packets} packets, {counters.calls} calls, {counters.frames} frames in {producer.batches} batches; "
        f"not RTP {counters.not_rtp}, broken RTP {counters.bad_rtp}, broken SIP {counters.bad_sip}, "
        f"dropped {sum(counters.dropped.values())}"
    )


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not 0 < pace < 1e6:
        raise typer.BadParameter("a positive number, or max", param_hint="--speed")
    return pace
