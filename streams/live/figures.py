"""What a live tap has done so far, as numbers: for the status line, the metrics and the summary."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from streams.capture import Packet
from streams.live.control import ControlCounters
from streams.live.outlet import OutletCounters
from streams.tap import TapCounters


class Source(Protocol):
    """Where packets come from; `fileno` is readable when some wait."""

    @property
    def counters(self) -> msgspec.Struct:
        """What became of what came."""

    @property
    def quiet_until_us(self) -> int:
        """Capture time up to which everything has been read, when the newest `read` gave nothing."""

    def fileno(self) -> int:
        """A descriptor for ``select``."""

    def read(self) -> list[Packet]:
        """Packets that wait, some of them if there are many; none if there are none now."""

    def stop(self) -> None:
        """Let nothing new in; what came before can still be read."""

    def dropped(self) -> int:
        """What the kernel dropped before it was read, since the beginning."""

    def close(self) -> None:
        """Let go of it."""


class Figures(msgspec.Struct, kw_only=True):
    """The state of a live tap; all counts are since its beginning.

    Attributes
    ----------
    seconds, cpu_seconds
        Since the beginning; of this process, all its threads.
    calls_up, calls_peak
        Streams that have not ended, one for each call that is heard.
    call_seconds
        Lengths of all calls together, up to now.
    cpu_per_call
        CPU seconds for each second of a call: the share of a core that one call costs.
    kernel_dropped
        Packets lost before they were read, for want of room or of time.
    rtp_expected, rtp_lost, loss_share, jitter_ms, jitter_max_ms
        By sequence numbers and arrival times (RFC 3550); the packets that the kernel dropped are among the lost.
    queued_bytes, oldest_s
        What Kafka has not taken yet.
    memory_peak_mb
        Largest resident size of the process.
    capture, tap, outlet, control
        The counters of the parts.
    """

    tap_id: str
    tap_epoch: int
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    packets: int = 0
    packets_per_s: float = 0.0
    calls_up: int = 0
    calls_peak: int = 0
    call_seconds: float = 0.0
    cpu_per_call: float = 0.0
    kernel_dropped: int = 0
    rtp_expected: int = 0
    rtp_lost: int = 0
    loss_share: float = 0.0
    jitter_ms: float = 0.0
    jitter_max_ms: float = 0.0
    queued_bytes: int = 0
    oldest_s: float = 0.0
    memory_peak_mb: float = 0.0
    capture: Mapping[str, int]
    tap: TapCounters
    outlet: OutletCounters
    control: ControlCounters | None = None


class Stopwatch:
    """Wall and CPU time since it was made."""

    def __init__(self) -> None:
        self._wall_s = time.monotonic()
        self._cpu_s = time.process_time()

    @property
    def wall_s(self) -> float:
        """Seconds gone by."""
        return time.monotonic() - self._wall_s

    @property
    def cpu_s(self) -> float:
        """Seconds that this process computed."""
        return time.process_time() - self._cpu_s


def memory_peak_mb() -> float:
    """Largest resident size of this process so far; getrusage(2) would tell of the process that started it, too."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def summary_lines(figures: Figures) -> list[str]:
    """The figures as a person reads them at the end."""
    tap, outlet = figures.tap, figures.outlet
    lines = [
        f"{figures.packets} packets, {tap.calls} calls (at most {figures.calls_peak} at once), {tap.frames} frames "
        f"in {outlet.batches} batches, {outlet.bytes / 1e6:.1f} MB",
        f"lost on the way here: {figures.rtp_lost} of {figures.rtp_expected} packets ({figures.loss_share:.3%}), "
        f"jitter {figures.jitter_ms:.1f} ms, at most {figures.jitter_max_ms:.1f} ms",
        f"dropped by the kernel: {figures.kernel_dropped}; shed: {outlet.shed_frames} frames of "
        f"{outlet.shed_segments} segments",
        f"CPU: {figures.cpu_seconds:.1f} s for {figures.call_seconds:.0f} s of calls, "
        f"{1000 * figures.cpu_per_call:.2f} ms a second of a call",
    ]
    left_out = {
        "not RTP": tap.not_rtp,
        "broken RTP": tap.bad_rtp,
        "broken SIP": tap.bad_sip,
        **{reason.replace("_", " "): count for reason, count in sorted(tap.dropped.items())},
    }
    if any(left_out.values()):
        lines.append("left out: " + ", ".join(f"{count} {what}" for what, count in left_out.items() if count))
    return lines
