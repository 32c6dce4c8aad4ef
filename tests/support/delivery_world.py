"""Logs, owners that get killed, and consumers that compare what they delivered. Not a test."""

from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

import msgspec
from tap_world import MS, T0, rtp, sdp

from schemas.codec import decode, encode
from schemas.records import Chunk, FrameBatch, Record
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.runtime.acker import PartitionAcker, Slot
from streams.runtime.emission import Emission
from streams.tap import Tap, TapSettings
from streams.window import WindowCore


class Owner(Protocol):
    """A fresh core: takes some records with their slots, gives what to send."""

    def feed(self, records: Sequence[Record], slots: Sequence[Slot]) -> list[Emission]: ...


class WindowOwner:
    def __init__(self) -> None:
        self.core = WindowCore(0, 1)

    def feed(self, records: Sequence[Record], slots: Sequence[Slot]) -> list[Emission]:
        emissions: list[Emission] = []
        for record, slot in zip(records, slots, strict=True):
            assert isinstance(record, FrameBatch)
            outcome = self.core.feed(record, slot, record.clock_ms)
            assert not outcome.broken
            emissions += outcome.emissions
        return emissions


class Partition:
    """A partition of a topic, read by one owner after another, each from the committed offset."""

    def __init__(self, log: Sequence[Record], rng: Random) -> None:
        self.log = log
        self.committed = 0
        self.delivered: list[Emission] = []
        self._rng = rng

    def own(self, owner: Owner, until: int, *, batch: int = 1, lag: int = 0) -> PartitionAcker:
        """Read up to ``until`` and be killed there; Kafka has taken some of what is in flight, unseen by the owner."""
        acker = PartitionAcker()
        flying: deque[Emission] = deque()
        at = self.committed
        while at < until:
            records = self.log[at : min(until, at + self._rng.randint(1, batch))]
            slots = [acker.add(self._commit(at + place + 1)) for place in range(len(records))]
            at += len(records)
            flying.extend(owner.feed(records, slots))
            for slot in slots:
                slot.release()
            while len(flying) > self._rng.randint(0, lag):
                self._deliver(flying.popleft()).release()
        for _ in range(self._rng.randint(0, len(flying))):
            self._deliver(flying.popleft())
        return acker

    def own_to_the_end(self, owner: Owner, *, batch: int = 1) -> PartitionAcker:
        """Read all that is left and deliver everything."""
        return self.own(owner, len(self.log), batch=batch, lag=0)

    def _commit(self, offset: int) -> Callable[[], None]:
        def commit() -> None:
            assert offset == self.committed + 1, "acknowledged out of order"
            self.committed = offset

        return commit

    def _deliver(self, emission: Emission) -> Emission:
        self.delivered.append(emission)
        return emission

    def records(self) -> list[Record]:
        """What Kafka has, as bytes leave it."""
        return [decode(encode(e.record), type(e.record)) for e in self.delivered if e.record is not None]


CLOCKS = ("tapped_ms", "closed_ms", "features_ms", "judged_ms", "late")


def content(record: Record) -> str:
    """A record without its clocks, as text."""

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {name: strip(each) for name, each in value.items() if name not in CLOCKS}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return repr(strip(msgspec.to_builtins(record, builtin_types=(bytes,))))


def chunk_key(chunk: Chunk) -> tuple[str, int]:
    return chunk.head.stream_id, chunk.head.chunk


def caller_packets(rng: Random, number: int, *, seconds: float, with_sip: bool, start_ms: int = 0) -> list[Packet]:
    """One call's packets with every trouble a network makes, not in order of time."""
    source, destination = f"192.0.2.{number}:4000", f"198.51.100.{number}:6000"
    packets: list[Packet] = []

    def send(at_ms: float, data: bytes) -> None:
        packets.append(Packet(T0 + round(at_ms * MS), source, destination, data))

    end_ms = start_ms + seconds * 1000
    if with_sip:
        packets += _signalling(number, start_ms, end_ms, source, destination, bye=rng.random() < 0.7)
        if rng.random() < 0.15:
            return packets  # a call without media
        start_ms += rng.choice((100, 3_000, 7_000))
    ptime = rng.choice((20, 20, 30, 40, 60))
    payload_type = rng.choice((0, 0, 0, 8, 18))
    ssrc, sequence = rng.getrandbits(32), rng.getrandbits(16)
    timestamp = rng.choice((rng.getrandbits(32), 0xFFFFFFFF - rng.randint(0, 40_000)))
    loss = rng.choice((0.0, 0.0, 0.02, 0.3))
    jitter = rng.choice((0, 5, 150))
    at, samples = float(start_ms), ptime * 8
    while at < end_ms:
        event = rng.random()
        if event < 0.004:  # a hold: time goes on, the clock of the stream too, or it jumps
            pause = rng.choice((300, 2_500, 5_000))
            if rng.random() < 0.5:
                send(at, rtp(sequence, timestamp, bytes([70]), 13, ssrc))
                sequence += 1
            at += pause
            timestamp += pause * 8
        elif event < 0.006:
            ssrc = rng.getrandbits(32)
        elif event < 0.008:
            timestamp += 80_000
        elif event < 0.010:
            payload_type = rng.choice((0, 8, 18))
        elif event < 0.014:
            for step in range(1, rng.randint(2, 30)):
                told = bytes([5, 0x80 if step > 8 else 0]) + (step * samples).to_bytes(2, "big")
                send(at + (step - 1) * ptime, rtp(sequence, timestamp, told, 101, ssrc))
                sequence += 1
                at += ptime
            timestamp += step * samples
        if rng.random() >= loss:
            size = 20 if payload_type == 18 else 30_000 if rng.random() < 0.002 else samples
            data = rtp(sequence, timestamp, rng.randbytes(size), payload_type, ssrc)
            send(at + rng.random() * jitter, data)
            if rng.random() < 0.01:
                send(at + rng.random() * 300, data)
        sequence, timestamp, at = sequence + 1, timestamp + samples, at + ptime
    return packets


def _signalling(number: int, start_ms: int, end_ms: float, source: str, destination: str, *, bye: bool) -> list[Packet]:
    sip_source, sip_destination = f"192.0.2.{number}:5060", f"198.51.100.{number}:5060"

    def message(at_ms: float, line: str, method: str, cseq: int, body: bytes, *, reply: bool, tag: str) -> Packet:
        text = (
            f"{line}\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{number}{cseq}\r\nFrom: <sip:+4930{number:06}@a>;tag=c\r\n"
            f"To: <sip:+4940111@b>{tag}\r\nCall-ID: call-{number}\r\nCSeq: {cseq} {method}\r\n\r\n"
        )
        ways = (sip_destination, sip_source) if reply else (sip_source, sip_destination)
        return Packet(T0 + round(at_ms * MS), *ways, text.encode() + body)

    uri = "sip:+4940111@b SIP/2.0"
    said = [
        message(start_ms, f"INVITE {uri}", "INVITE", 1, sdp(source), reply=False, tag=""),
        message(start_ms + 4_000, "SIP/2.0 200 OK", "INVITE", 1, sdp(destination), reply=True, tag=";tag=e"),
    ]
    if bye:
        said.append(message(end_ms, f"BYE {uri}", "BYE", 2, b"", reply=False, tag=";tag=e"))
    return said


def stalled(packets: list[Packet], rng: Random) -> list[Packet]:
    """The same packets where the network stands still for a while, and delivers all of it at once afterwards."""
    begin = T0 + rng.randint(2_000, 9_000) * MS
    end = begin + rng.choice((200, 700, 950, 1_500, 2_500, 4_500)) * MS
    return [
        msgspec.structs.replace(each, captured_us=end + rng.randint(0, 5) * MS)
        if begin <= each.captured_us < end
        else each
        for each in packets
    ]


def frames_log(
    rng: Random, *, calls: int = 3, seconds: float = 12.0, two_taps: bool = False, stalls: bool = False
) -> list[Record]:
    """What taps send for some calls on one partition; with two taps one of them goes silent or starts again."""
    hasher = NumberHasher(b"key", "k1")
    settings = TapSettings(idle_timeout_s=rng.choice((4.0, 60.0)))
    packets: list[list[Packet]] = [[], []]
    for number in range(calls):
        start = rng.randint(0, 5_000)
        made = caller_packets(rng, number + 1, seconds=seconds, with_sip=rng.random() < 0.5, start_ms=start)
        made = stalled(made, rng) if stalls else made
        packets[number % 2 if two_taps else 0] += made
    log: list[tuple[int, FrameBatch]] = []
    for tap_number in range(2 if two_taps else 1):
        tap = Tap(f"tap-{tap_number}", 1, 1, hasher, settings)
        mine = sorted(packets[tap_number], key=lambda packet: packet.captured_us)
        dies_us = T0 + 6_000 * MS if tap_number else T0 + 10**12
        sent = [each for packet in mine if packet.captured_us < dies_us for each in tap.feed(packet)]
        if tap_number and rng.random() < 0.5:  # killed, and started again
            tap = Tap(f"tap-{tap_number}", 2, 1, hasher, settings)
            sent += [each for packet in mine if packet.captured_us >= dies_us for each in tap.feed(packet)]
            sent += tap.close()
        elif not tap_number:
            sent += tap.advance(T0 + 40_000 * MS) + tap.close()
        log += [(batch.clock_ms, batch) for _, batch in sent]
    log.sort(key=lambda pair: pair[0])
    return [decode(encode(batch), FrameBatch) for _, batch in log]
