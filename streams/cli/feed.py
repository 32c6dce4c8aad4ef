"""``callsieve feed``: a capture file into Kafka."""

import os
import socket
import time
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from streams.capture import Packet
from streams.cli.options import Broker, Prefix, TelephoneEvent, settings_of
from streams.cli.signals import stop_requests
from streams.clock import now_ms

LEFT_OUT: Final = {"not_judged": "the called side, which is not judged"}
HEADERS: Final = 58  # bytes in a pcap file before a UDP payload: 16 of the record, 14 Ethernet, 20 IPv4, 8 UDP


def feed(
    capture: Annotated[Path, typer.Argument(help="pcap or pcapng file", metavar="PCAP", show_default=False)],
    broker: Broker = None,
    prefix: Prefix = None,
    speed: Annotated[str, typer.Option(help="1 keeps the pace of the capture, 2 doubles it, max is flat out")] = "max",
    tap_id: Annotated[
        str | None, typer.Option(help="name of this tap; a second run of the same name ends the first one's streams")
    ] = None,
    as_captured: Annotated[
        bool, typer.Option("--as-captured", help="keep the file's own times; otherwise the first packet is now")
    ] = False,
    telephone_event: TelephoneEvent = 101,
) -> None:
    """Play a capture into rtp.frames: what a tap on the wire would have sent.

    Needs CALLSIEVE_HMAC_KEY: numbers go to Kafka only as keyed hashes. Ctrl-C ends the calls as a tap that is stopped
    would.
    """
    from streams.capture import read_capture
    from streams.feed import FrameProducer, feed_packets, shifted
    from streams.numbers import NumberHasher
    from streams.registry_wait import open_schemas
    from streams.tap import Tap, TapSettings
    from streams.topics import partition_count

    pace = _pace(speed)
    settings = settings_of(broker=broker, prefix=prefix)
    packets = read_capture(capture)
    hasher = NumberHasher.of(settings)
    partitions = partition_count(settings.client(), settings.prefix)
    tap_settings = TapSettings(telephone_event_payload_type=telephone_event)
    tap = Tap(
        tap_id or f"feed-{socket.gethostname()}-{os.getpid()}",
        now_ms(),
        partitions,
        hasher,
        tap_settings,
    )
    producer = FrameProducer(settings, open_schemas(settings).codec)
    size = capture.stat().st_size
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with stop_requests() as stopped, Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(capture.name, total=size)

        def tell(packet: Packet) -> None:
            progress.advance(task, HEADERS + len(packet.payload))

        packets_now = packets if as_captured else shifted(packets, int(time.time() * 1e6))
        feed_packets(packets_now, tap, producer.send, speed=pace, progress=tell, stopped=stopped.is_set)
        producer.flush()
        if not stopped.is_set():
            progress.update(task, completed=size)
    counters = tap.counters
    dropped = counters.dropped.items()
    left_out = {
        "not RTP": counters.not_rtp,
        "broken RTP": counters.bad_rtp,
        "broken SIP": counters.bad_sip,
        **{f"left out ({LEFT_OUT.get(reason, reason.replace('_', ' '))})": n for reason, n in sorted(dropped)},
    }
    typer.echo(
        f"{counters.packets} packets, {counters.calls} calls, {counters.frames} frames in {producer.batches} batches"
        + "".join(f"; {count} {what}" for what, count in left_out.items() if count)
    )
    if packets.counters.truncated:
        typer.echo(f"callsieve: {capture}: the capture breaks off in the middle; what was there is sent", err=True)


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
