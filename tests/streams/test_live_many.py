"""Five hundred calls at once on loopback, at real time: what is dropped, what comes out, what it costs."""

import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from live_world import (
    TapProcess,
    chunks_heard,
    frames_in,
    frames_of,
    fresh_settings,
    need_root,
    page,
    reference,
    segments_of,
    send_frames,
    sent_batches,
)
from pipeline_world import wait_for

from streams.broker import EmbeddedBroker, free_port
from streams.simulate.plan import Plan
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]

CALLS = 500
SECONDS = 20.0
RING_MB = 256  # holds all of it: a machine that is busy elsewhere makes the tap late, not deaf
ONLY_SIMULATED = "udp and (net 203.0.113.0/24 or net 198.51.100.0/24 or net 192.0.2.0/24)"


def plan() -> Plan:
    """Calls that all talk at the same time, of kinds that are quickly made."""
    return plan_calls(
        4, CALLS, seconds_per_call=(SECONDS, SECONDS), spread_s=1.0, mix={"idle_codes": 2, "busy": 1, "ringback": 1}
    )


def counted(health: int) -> int:
    """Packets read or dropped so far, as the metrics tell."""
    lines = dict(line.split(" ") for line in page(health, "metrics")[1].splitlines() if line.count(" ") == 1)
    return sum(int(float(lines[f"callsieve_tap_{name}_total"])) for name in ("packets", "kernel_dropped"))


def test_five_hundred_calls_at_once_come_out_with_all_their_chunks(
    kafka: EmbeddedBroker, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    need_root()
    calls = plan()
    packets = list(simulated_packets(calls))
    frames = frames_of(packets)
    wanted = reference(packets)
    seconds = frames[-1][0] / 1e6
    settings = fresh_settings(kafka)
    health = free_port()
    options = ("--filter", ONLY_SIMULATED, "--ring-mb", RING_MB, "--health-port", health)
    tap = TapProcess(settings, tmp_path / "tap.log", "-i", "lo", *options)
    try:
        late_s = send_frames(frames, most_s=3 * seconds)
        wait_for(lambda: counted(health) >= len(frames), 120, lambda: str(counted(health)))
        summary = tap.stop()
    finally:
        tap.kill()
    batches = sent_batches(settings)
    found = segments_of(batches)
    figures = {
        "frames_sent": len(frames),
        "packets_per_s": round(len(frames) / seconds),
        "sender_late_s": round(late_s, 2),
        **{name: summary[name] for name in ("packets", "kernel_dropped", "rtp_lost", "calls_peak", "call_seconds")},
        **{name: round(summary[name], 5) for name in ("cpu_seconds", "cpu_per_call", "jitter_ms", "memory_peak_mb")},
        "sender_cpu_s": round(resource.getrusage(resource.RUSAGE_SELF).ru_utime, 1),
    }
    for name, value in figures.items():
        record_property(name, value)
    print(figures)
    assert len(frames) / seconds > 20_000
    assert summary["calls_peak"] == CALLS
    assert summary["packets"] + summary["kernel_dropped"] == len(frames)
    assert summary["outlet"]["shed_frames"] == 0
    assert set(found) == {call.call_id for call in calls.calls}
    for call in calls.calls:
        assert found[call.call_id][-1].end_reason == "bye"
    if summary["kernel_dropped"] == 0:  # on a machine that is busy elsewhere, losses are counted instead
        assert frames_in(batches) == frames_in(wanted)
        assert chunks_heard(batches) == chunks_heard(wanted)
