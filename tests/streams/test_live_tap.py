"""``callsieve tap`` as a process of its own on a real Kafka: SIPp's calls, RTP sent to a port, a restart."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live_world import TapProcess, fresh_settings, need_root, page, segments_of, sent_batches
from pipeline_world import KEY, TopicReader, WorkerProcess, expected_chunks, wait_for
from sipp_call import free_udp_port, need_tools
from sipp_calls import SippCalls
from tap_world import rtp

from features.g711 import encode_pcmu
from schemas.ids import call_id_of_sip
from schemas.records import Chunk, FrameBatch, Verdict
from streams.audio import RATE
from streams.broker import EmbeddedBroker, free_port
from streams.numbers import NumberHasher
from streams.topics import VERDICTS

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(240)]

CALLS = 10


def busy_tone(seconds: float) -> bytes:
    """European busy tone (ITU-T E.180: 425 Hz, here half a second on and off), mu-law coded."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    tone = 4000 * np.sin(2 * np.pi * 425 * time_s) * (time_s % 1.0 < 0.5)
    return bytes(encode_pcmu(np.rint(tone).astype(np.int16)))


def chunks_of(batches: list[tuple[int, FrameBatch]]) -> list[Chunk]:
    """What windows make of batches."""
    return list(expected_chunks(batches).values())


def codes_of(chunks: list[Chunk]) -> bytes:
    """Codes of a stream's chunks, silence where nothing came."""
    codes = bytearray()
    for chunk in sorted(chunks, key=lambda each: each.head.chunk):
        begin = chunk.head.chunk * 2 * RATE
        codes.extend(b"\xff" * (begin + 2 * RATE - len(codes)))
        for run in chunk.runs:
            codes[begin + run.start : begin + run.start + run.length] = run.data
    return bytes(codes)


def test_ten_calls_of_sipp_on_loopback_come_out_whole_and_are_judged(kafka: EmbeddedBroker, tmp_path: Path) -> None:
    need_root()
    need_tools()
    settings = fresh_settings(kafka)
    settings = settings.model_copy(update={"store": f"chdb:///{tmp_path / 'store'}"})
    codes = busy_tone(6.0)
    calls = SippCalls(tmp_path, codes, CALLS)
    worker = WorkerProcess(settings, tmp_path / "worker.log", "window", "spectrum", "tones", "classify")
    health = free_port()
    reader = TopicReader(settings, VERDICTS, Verdict)
    tap = TapProcess(settings, tmp_path / "tap.log", "-i", "lo", "--filter", "udp", "--health-port", health)
    try:
        worker.wait_ready()
        assert page(health, "ready") == (200, "ok\n")
        calls.play()
        time.sleep(0.5)
        metrics = page(health, "metrics")[1]
        assert "callsieve_tap_kernel_dropped_total 0.0" in metrics
        summary = tap.stop()
        found: dict[str, set[str]] = {}

        def judged() -> bool:
            for verdict in reader.poll():
                assert isinstance(verdict, Verdict)
                found.setdefault(verdict.sip_call_id or "", set()).add(verdict.label)
            return all("busy" in found.get(call_id, ()) for call_id in calls.call_ids)

        wait_for(judged, 30, lambda: f"{found} {summary}")
    finally:
        reader.close()
        worker.stop()
        tap.kill()
    batches = sent_batches(settings)
    made = chunks_of(batches)
    hasher = NumberHasher(KEY.encode(), "default")
    for call_id, caller in zip(calls.call_ids, calls.callers, strict=True):
        segments = [s for _, b in batches for s in b.segments if s.sip_call_id == call_id]
        assert {s.call_id for s in segments} == {call_id_of_sip(call_id, "1")}
        assert segments[-1].end_reason == "bye"
        facts = segments[-1].facts
        assert facts is not None
        assert facts.caller == hasher.hash(caller)
        assert facts.callee == hasher.hash(calls.callee)
        assert facts.answered_ms is not None
        ours = [s for s in segments if s.ssrc]
        stream = (ours[0].call_id, ours[0].ssrc)
        chunks = [chunk for chunk in made if (chunk.head.call_id, chunk.head.ssrc) == stream]
        heard = codes_of(chunks)
        assert heard.startswith(codes[: 5 * RATE])
        assert sum(c.head.lost for c in chunks) == 0
    assert summary["kernel_dropped"] == summary["rtp_lost"] == summary["outlet"]["shed_frames"] == 0
    assert summary["tap"]["calls"] == CALLS
    assert 5 * CALLS < summary["call_seconds"] < 12 * CALLS
    assert 0 < summary["cpu_per_call"] < 1


class Sender:
    """Sends RTP of one stream to a port, as fast as its clock says."""

    def __init__(self, port: int, ssrc: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._target = ("127.0.0.1", port)
        self._ssrc = ssrc
        self._count = 0
        self.source = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def send(self) -> None:
        self._socket.sendto(
            rtp(self._count, 160 * self._count, bytes([self._ssrc]) * 160, ssrc=self._ssrc), self._target
        )
        self._count += 1


def talk(senders: list[Sender], seconds: float) -> None:
    begin_s = time.monotonic()
    for step in range(round(seconds * 50)):
        for sender in senders:
            sender.send()
        time.sleep(max(0.0, begin_s + 0.02 * (step + 1) - time.monotonic()))


@contextmanager
def control(port: int) -> Iterator[Any]:
    """Ask and be answered, line by line."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rwb") as lines:

        def ask(line: dict[str, object] | bytes) -> dict[str, Any]:
            lines.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
            lines.flush()
            answer: dict[str, Any] = json.loads(lines.readline())
            return answer

        ask.greeting = json.loads(lines.readline())  # type: ignore[attr-defined]
        yield ask


def test_rtp_sent_to_a_port_is_the_call_that_a_control_line_tells_of(kafka: EmbeddedBroker, tmp_path: Path) -> None:
    settings = fresh_settings(kafka)
    media, lines = free_udp_port(), free_port()
    where = ("--udp", f"127.0.0.1:{media}", "--control", f"127.0.0.1:{lines}")
    tap = TapProcess(settings, tmp_path / "tap.log", *where)
    told, by_ssrc, unknown = Sender(media, 1), Sender(media, 2), Sender(media, 3)
    try:
        with control(lines) as ask:
            assert ask.greeting["tap_id"] == "live"
            opening = {"do": "open", "call": "first", "caller": "+4930111111", "source": told.source}
            first = ask(opening)
            second = ask({"do": "open", "call": "second", "ssrc": 2, "trunk": "carrier"})
            assert not ask(b'{"do":"open","call":')["ok"]
            assert not ask(opening | {"price": 3})["ok"]
            assert not ask({"do": "end", "call": "third"})["ok"]
            talk([told, by_ssrc, unknown], 1.0)
            assert ask({"do": "answered", "call": "first"})["ok"]
            talk([told, by_ssrc, unknown], 1.5)
            assert ask({"do": "end", "call": "first"})["ok"]
            talk([told, by_ssrc, unknown], 0.5)
        summary = tap.stop()
    finally:
        tap.kill()
    calls = segments_of(sent_batches(settings))
    assert len(calls) == 3
    one, two = calls.pop(first["call_id"]), calls.pop(second["call_id"])
    (stray,) = calls.values()
    assert [s.kind for s in one if s.kind != "audio"] == ["open", "end", "open", "answered", "end"]
    assert [s.end_reason for s in (one[-1], two[-1], stray[-1])] == ["bye", "tap_exit", "tap_exit"]
    assert [sum(len(s.encoding) for s in each) for each in (one, two, stray)] == [125, 150, 150]
    hasher = NumberHasher(KEY.encode(), "default")
    assert one[-1].facts is not None
    assert one[-1].facts.caller == hasher.hash("+4930111111")
    assert two[-1].facts is not None
    assert two[-1].facts.trunk == hasher.digest("carrier")
    assert (stray[0].direction, stray[0].sip_call_id) == ("unknown", None)
    assert summary["tap"]["dropped"] == {"after_end": 25}
    assert summary["control"] == {"lines": 4, "refused": 3, "connections": 1, "turned_away": 0}
    assert summary["kernel_dropped"] == 0


def test_a_tap_killed_in_mid_call_ends_its_old_streams_when_it_is_back_and_goes_on_without_sip(
    kafka: EmbeddedBroker, tmp_path: Path
) -> None:
    settings = fresh_settings(kafka)
    media, lines = free_udp_port(), free_port()
    where = ("--udp", f"127.0.0.1:{media}", "--control", f"127.0.0.1:{lines}")
    tap = TapProcess(settings, tmp_path / "tap.log", *where)
    sender = Sender(media, 7)
    try:
        with control(lines) as ask:
            call_id = ask({"do": "open", "call": "long", "source": sender.source})["call_id"]
            talk([sender], 2.5)
        tap.kill()
        tap = TapProcess(settings, tmp_path / "again.log", *where)
        talk([sender], 2.5)
        with control(lines) as ask:
            assert not ask({"do": "end", "call": "long"})["ok"]  # the new run was told of nothing
        tap.stop()
    finally:
        tap.kill()
    batches = sent_batches(settings)
    epochs = sorted({batch.tap_epoch for _, batch in batches})
    assert len(epochs) == 2
    assert {batch.tap_id for _, batch in batches} == {"live"}
    heads = [chunk.head for chunk in chunks_of(batches)]
    old = [head for head in heads if head.tap_epoch == epochs[0] and head.ssrc]
    new = [head for head in heads if head.tap_epoch == epochs[1]]
    assert {head.call_id for head in old} == {call_id}
    assert [head.end_reason for head in old if head.last] == ["tap_restart"]
    assert {head.facts.direction for head in new} == {"unknown"}  # a call of its flow: who called is not to be known
    assert call_id not in {head.call_id for head in new}
    assert [head.end_reason for head in new if head.last] == ["tap_exit"]
    assert sum(head.received for head in new) == 125
