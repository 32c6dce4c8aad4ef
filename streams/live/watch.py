"""Readiness and metrics of a live tap over HTTP."""

import threading
import time
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from streams.live.errors import LiveError
from streams.live.run import LiveTap

STUCK_S: Final = 5.0  # without a look at the packets
REQUEST_TIMEOUT_S: Final = 5.0
MAX_REQUESTS: Final = 16  # at once


class TapWatch:
    """``/live``, ``/ready`` and ``/metrics`` of a live tap, served by threads of their own.

    Live: packets are asked for. Ready: that, and Kafka takes what is sent within five seconds.

    Raises
    ------
    LiveError
        If the port can't be listened on.
    """

    def __init__(self, live: LiveTap, port: int) -> None:
        registry = CollectorRegistry()
        registry.register(_TapMetrics(live))
        pages: dict[str, Callable[[], tuple[int, str, bytes]]] = {
            "/live": lambda: _told(complaints(live)[:1] if _is_stuck(live) else []),
            "/ready": lambda: _told(complaints(live)),
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest(registry)),
        }
        room = threading.BoundedSemaphore(MAX_REQUESTS)

        class Handler(BaseHTTPRequestHandler):
            timeout = REQUEST_TIMEOUT_S

            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                status, kind, body = page() if page else (404, "text/plain", b"no such page\n")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def process_request_thread(self, request: object, client_address: object) -> None:
                with room:
                    super().process_request_thread(request, client_address)  # type: ignore[arg-type]

            def handle_error(self, *_: object) -> None:
                """A client that goes away is no news."""

        try:
            self._server = Server(("", port), Handler)
        except (OSError, OverflowError) as error:
            raise LiveError(f"can't listen on TCP port {port} for --health-port: {error}") from error
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def complaints(live: LiveTap) -> list[str]:
    """Why a tap is not ready; none when it is."""
    found = []
    if _is_stuck(live):
        found.append(f"packets have not been read for {time.monotonic() - live.beat_s:.0f} s")
    if live.outlet.is_away:
        found.append(f"Kafka has taken nothing for {live.outlet.oldest_s:.0f} s")
    return found


def _is_stuck(live: LiveTap) -> bool:
    return time.monotonic() - live.beat_s > STUCK_S


def _told(found: list[str]) -> tuple[int, str, bytes]:
    return 503 if found else 200, "text/plain", ("\n".join(found or ["ok"]) + "\n").encode()


class _TapMetrics(Collector):
    """The figures, as of the last second."""

    def __init__(self, live: LiveTap) -> None:
        self._live = live

    def collect(self) -> Iterable[Metric]:
        figures = self._live.figures
        counters = {
            "packets": ("Packets read.", figures.packets),
            "calls": ("Calls begun.", figures.tap.calls),
            "frames": ("RTP packets that went into segments.", figures.tap.frames),
            "kernel_dropped": ("Packets that the kernel dropped before they were read.", figures.kernel_dropped),
            "rtp_expected": ("RTP packets by sequence numbers.", figures.rtp_expected),
            "batches": ("Batches queued for Kafka.", figures.outlet.batches),
            "batches_delivered": ("Batches that Kafka has taken.", figures.outlet.delivered),
            "shed_frames": ("RTP packets left out for want of room.", figures.outlet.shed_frames),
            "shed_segments": ("Segments whose audio was left out for want of room.", figures.outlet.shed_segments),
            "call_seconds": ("Lengths of all calls together.", figures.call_seconds),
            "cpu_seconds": ("CPU time of the process.", figures.cpu_seconds),
        }
        gauges = {
            "calls_up": ("Calls that are heard now.", figures.calls_up),
            "rtp_lost": ("RTP packets that did not come, by sequence numbers.", figures.rtp_lost),
            "jitter_seconds": ("Interarrival jitter, mean over all streams.", figures.jitter_ms / 1000),
            "queued_bytes": ("What Kafka has not taken yet.", figures.queued_bytes),
            "queue_oldest_seconds": ("How long the oldest batch has waited for Kafka.", self._live.outlet.oldest_s),
        }
        for name, (told, value) in counters.items():
            yield CounterMetricFamily(f"callsieve_tap_{name}", told, value=value)
        for name, (told, value) in gauges.items():
            yield GaugeMetricFamily(f"callsieve_tap_{name}", told, value=value)
        left_out = CounterMetricFamily("callsieve_tap_left_out", "Packets left out, by reason.", labels=["reason"])
        for reason, count in list(figures.tap.dropped.items()):
            left_out.add_metric([reason], count)
        yield left_out
