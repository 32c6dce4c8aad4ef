"""``callsieve tap``: calls into Kafka as they happen."""

import enum
import gc
import socket
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.console import Console

from streams.cli.options import Broker, Prefix, TelephoneEvent, settings_of
from streams.cli.signals import stop_requests
from streams.clock import now_ms

if TYPE_CHECKING:
    from streams.live.figures import Source
    from streams.live.sources import Sources

GC_EVERY: Final = 50_000  # objects; calls and packets hold no cycles, so there is nothing to be found often


class Summary(enum.Enum):
    """What a tap writes when it ends."""

    TEXT = "text"
    JSON = "json"
    NONE = "none"


def tap(
    interface: Annotated[
        str | None, typer.Option("--interface", "-i", help="SIP and RTP seen on this interface", metavar="IF")
    ] = None,
    expression: Annotated[
        str | None,
        typer.Option("--filter", help="which packets, as tcpdump has it; all UDP unless told", metavar="BPF"),
    ] = None,
    udp: Annotated[
        str | None, typer.Option("--udp", help="RTP sent to this port of ours, instead", metavar="HOST:PORT")
    ] = None,
    control: Annotated[
        str | None,
        typer.Option("--control", help="with --udp: a TCP port that takes JSON lines about calls", metavar="HOST:PORT"),
    ] = None,
    broker: Broker = None,
    prefix: Prefix = None,
    tap_id: Annotated[
        str | None,
        typer.Option(help="name of this tap; unless told, by host and interface, so that a restart is the same tap"),
    ] = None,
    idle_timeout: Annotated[
        float, typer.Option(help="a call without packets for so many seconds ends", min=1, max=3600)
    ] = 60.0,
    queue_mb: Annotated[
        int, typer.Option(help="room for what Kafka has not taken yet; then audio is left out", min=1, max=4096)
    ] = 128,
    ring_mb: Annotated[int, typer.Option(help="room for packets that have not been read yet", min=1, max=1024)] = 64,
    telephone_event: TelephoneEvent = 101,
    health_port: Annotated[
        int | None, typer.Option(help="serve /live, /ready and /metrics here", min=0, max=65_535)
    ] = None,
    summary: Annotated[Summary, typer.Option(help="what to write at the end")] = Summary.TEXT,
) -> None:
    """Bring calls into rtp.frames as they happen: seen on an interface, or sent to a port.

    Needs CALLSIEVE_HMAC_KEY: numbers go to Kafka only as keyed hashes. Ctrl-C or SIGTERM ends all calls in order. Kafka
    may be slow or away: audio waits for it in a bounded queue, beyond it audio is left out and counted.
    """
    from streams.live.board import StatusLine
    from streams.live.control import ControlPort
    from streams.live.figures import summary_lines
    from streams.live.outlet import Outlet
    from streams.live.run import LiveTap
    from streams.live.sources import Sources
    from streams.live.watch import TapWatch
    from streams.numbers import NumberHasher
    from streams.registry_wait import open_schemas
    from streams.tap import Tap, TapSettings
    from streams.topics import partition_count

    _check(interface, expression, udp, control)
    settings = settings_of(broker=broker, prefix=prefix)
    hasher = NumberHasher.of(settings)
    schemas = open_schemas(settings)
    epoch, sources = now_ms(), Sources()
    place = interface or f"udp-{_address(udp, '--udp')[1]}"
    name = tap_id or f"tap-{socket.gethostname()}-{place}"
    core = Tap(
        name,
        epoch,
        partition_count(settings.client(), settings.prefix),
        hasher,
        TapSettings(telephone_event_payload_type=telephone_event, idle_timeout_s=idle_timeout),
    )
    outlet = Outlet(settings, schemas.codec, queue_mb << 20)
    console = Console(stderr=True)
    with ExitStack() as stack:
        stopped = stack.enter_context(stop_requests())
        source = _source(interface, expression, udp, ring_mb << 20, sources)
        stack.callback(source.close)
        port = None
        if control is not None:
            greeting = {"tap_id": name, "tap_epoch": epoch}
            port = ControlPort(*_address(control, "--control"), core, sources, greeting, outlet.send)
            stack.callback(port.close)
        with StatusLine(console) as line:
            live = LiveTap(name, epoch, core, source, outlet, port, line.tell)
            if health_port is not None:
                stack.enter_context(TapWatch(live, health_port))
            sys.stderr.write(f"callsieve: tap {name} listens\n")
            gc.freeze()
            gc.set_threshold(GC_EVERY)
            try:
                live.run(stopped.is_set)
            finally:
                if summary is Summary.JSON:
                    typer.echo(msgspec.json.encode(live.figures))
                elif summary is Summary.TEXT:
                    typer.echo("\n".join(summary_lines(live.figures)))


def _check(interface: str | None, expression: str | None, udp: str | None, control: str | None) -> None:
    if (interface is None) == (udp is None):
        raise typer.BadParameter("one of the two is needed", param_hint="--interface or --udp")
    if udp is not None and expression is not None:
        raise typer.BadParameter("only with --interface", param_hint="--filter")
    if udp is None and control is not None:
        raise typer.BadParameter("only with --udp: an interface shows SIP", param_hint="--control")


def _source(
    interface: str | None, expression: str | None, udp: str | None, room_bytes: int, sources: "Sources"
) -> "Source":
    if interface is not None:
        from streams.live.interface import InterfaceSource

        return InterfaceSource(interface, expression, room_bytes)
    from streams.live.udp import UdpSource

    host, port = _address(udp, "--udp")
    return UdpSource(host, port, room_bytes, sources.name)


def _address(text: str | None, option: str) -> tuple[str, int]:
    host, _, port = (text or "").rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port[:6]) < 65_536):
        raise typer.BadParameter("of the form 127.0.0.1:4000 or [::1]:4000", param_hint=option)
    return host.strip("[]"), int(port)
