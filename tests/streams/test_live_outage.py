"""Kafka stands still for a quarter of a minute while calls begin, go on and end: audio may be shed, marks may not."""

import os
import signal
import threading
import time
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
from pipeline_world import expected_chunks, wait_for

from schemas.records import FrameBatch
from streams.broker import EmbeddedBroker, free_port
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]

CALLS = 100
BEFORE_S, AWAY_S = 6.0, 15.0
QUEUE_MB = 6
MOST_MEMORY_MB = 350


def chunks_made(batches: list[tuple[int, FrameBatch]]) -> dict[tuple[str, int, int], float]:
    """Coverage by (call, SSRC, chunk) of what windows make."""
    heads = [chunk.head for chunk in expected_chunks(batches).values()]
    return {(head.call_id, head.ssrc, head.chunk): head.coverage for head in heads}


def stand_still(broker: EmbeddedBroker, health: int) -> None:
    """Stop Kafka for a while; the tap says so, and that it is well again afterwards."""
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        time.sleep(AWAY_S)
        status, told = page(health, "ready")
        assert page(health, "live")[0] == 200
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    assert status == 503
    assert "Kafka has taken nothing" in told
    wait_for(lambda: page(health, "ready")[0] == 200, 30)


def test_marks_wait_for_kafka_and_audio_goes_on_when_it_is_back(tmp_path: Path) -> None:
    need_root()
    plan = plan_calls(5, CALLS, seconds_per_call=(4.0, 30.0), spread_s=10.0, mix={"idle_codes": 1, "busy": 1})
    packets = list(simulated_packets(plan))
    wanted = reference(packets)
    frames = frames_of(packets)
    with EmbeddedBroker() as broker:
        settings, health = fresh_settings(broker), free_port()
        options = ("--filter", "udp and net 203.0.113.0/24", "--queue-mb", QUEUE_MB, "--health-port", health)
        tap = TapProcess(settings, tmp_path / "tap.log", "-i", "lo", *options)
        sender = threading.Thread(target=send_frames, args=(frames,), kwargs={"most_s": 120.0}, daemon=True)
        try:
            sender.start()
            time.sleep(BEFORE_S)
            assert page(health, "ready") == (200, "ok\n")
            stand_still(broker, health)
            sender.join(120)
            time.sleep(0.5)
            summary = tap.stop()
        finally:
            tap.kill()
        batches = sent_batches(settings)
    print({name: summary[name] for name in ("kernel_dropped", "memory_peak_mb", "cpu_per_call", "outlet")})
    shed = summary["outlet"]["shed_frames"]
    assert shed > 0
    assert summary["kernel_dropped"] == 0
    assert frames_in(batches) + shed == frames_in(wanted)
    assert summary["memory_peak_mb"] < MOST_MEMORY_MB
    assert summary["outlet"]["queue_peak_bytes"] <= QUEUE_MB << 20
    found, should = segments_of(batches), segments_of(wanted)
    for call in plan.calls:
        marks = [segment.kind for segment in found[call.call_id] if segment.kind != "audio"]
        assert marks == [segment.kind for segment in should[call.call_id] if segment.kind != "audio"]
        assert found[call.call_id][-1].end_reason == "bye"
    made, whole = chunks_made(batches), chunks_made(wanted)
    assert made.keys() >= whole.keys()  # chunks without audio are chunks too
    back_us = (BEFORE_S + AWAY_S + 8.0) * 1e6 + packets[0].captured_us  # the queue has been let out by then
    late = {
        (s.call_id, s.ssrc, s.chunk)
        for _, batch in wanted
        for s in batch.segments
        if s.encoding and s.facts and s.captured_ms * 1000 > back_us
    }
    assert len(late) > 50
    assert late <= chunks_heard(batches)
    assert sum(abs(made[key] - whole[key]) < 0.01 for key in late) == len(late)
