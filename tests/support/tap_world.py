"""Packets for taps, and a reader of what a tap makes of them. Not a test."""

import struct
from collections.abc import Iterable

from schemas.frames import unpack
from schemas.records import FrameBatch, Segment
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.tap import Tap, TapSettings

T0 = 1_700_000_000_000_000
CALLER, CALLEE = "192.0.2.1:4000", "198.51.100.2:6000"
CALLER_SIP, CALLEE_SIP = "192.0.2.1:5060", "198.51.100.2:5060"
MS = 1000


def rtp(sequence: int, timestamp: int, payload: bytes = bytes(160), payload_type: int = 0, ssrc: int = 77) -> bytes:
    return struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload


def packet(at_ms: float, data: bytes, source: str = CALLER, destination: str = CALLEE) -> Packet:
    return Packet(T0 + round(at_ms * MS), source, destination, data)


def talk(
    start_ms: int, count: int, *, first: int = 0, timestamp: int = 0, ptime: int = 20, ssrc: int = 77, **where: str
) -> list[Packet]:
    """Frames of mu-law, one every ``ptime`` ms; ``first`` counts from the stream's first frame."""
    return [
        packet(
            start_ms + i * ptime,
            rtp(first + i, timestamp + (first + i) * ptime * 8, bytes(ptime * 8), ssrc=ssrc),
            **where,
        )
        for i in range(count)
    ]


def sdp(address: str, formats: str = "0 8 101") -> bytes:
    host, _, port = address.rpartition(":")
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP {formats}\r\n"
        "a=rtpmap:101 telephone-event/8000\r\n"
    ).encode()


def sip(at_ms: float, start: str, method: str, body: bytes = b"", *, by_callee: bool = False, **change: str) -> Packet:
    """A message: a request if ``start`` is its method, else a response to one.

    ``by_callee``: the request it belongs to is the callee's; ``change``: call_id, from_tag, to_tag, branch, cseq.
    """
    caller, callee = (
        ("<sip:+493011111@a>", change.get("from_tag", "ct")),
        ("<sip:+493022222@b>", change.get("to_tag", "")),
    )
    sender, receiver = (callee, caller) if by_callee else (caller, callee)
    is_request = start == method
    line = f"{method} sip:+493022222@b SIP/2.0" if is_request else f"SIP/2.0 {start} X"
    text = (
        f"{line}\r\nVia: SIP/2.0/UDP h;branch={change.get('branch', 'z9hG4bK1')}\r\n"
        f"From: {sender[0]};tag={sender[1]}\r\nTo: {receiver[0]}{';tag=' + receiver[1] if receiver[1] else ''}\r\n"
        f"Call-ID: {change.get('call_id', 'call-1')}\r\nCSeq: {change.get('cseq', '1')} {method}\r\n\r\n"
    )
    from_caller = is_request != by_callee
    ways = (CALLER_SIP, CALLEE_SIP) if from_caller else (CALLEE_SIP, CALLER_SIP)
    return packet(at_ms, text.encode() + body, *ways)


def invite(at_ms: float = 0, **change: str) -> Packet:
    return sip(at_ms, "INVITE", "INVITE", sdp(CALLER), **change)


def answer(at_ms: float, **change: str) -> Packet:
    return sip(at_ms, "200", "INVITE", sdp(CALLEE), to_tag="et", **change)


def bye(at_ms: float, *, by_callee: bool = False) -> Packet:
    return sip(at_ms, "BYE", "BYE", to_tag="et", by_callee=by_callee)


class World:
    """A tap and everything it has sent."""

    def __init__(self, partitions: int = 1, **settings: object) -> None:
        self.tap = Tap("tap-1", 5, partitions, NumberHasher(b"key", "k1"), TapSettings(**settings))
        self.batches: list[tuple[int, FrameBatch]] = []

    def feed(self, packets: Iterable[Packet]) -> "World":
        for one in packets:
            self.batches += self.tap.feed(one)
        return self

    def wait(self, until_ms: float) -> "World":
        self.batches += self.tap.advance(T0 + round(until_ms * MS))
        return self

    def close(self) -> "World":
        self.batches += self.tap.close()
        return self

    @property
    def segments(self) -> list[Segment]:
        return [segment for _, batch in self.batches for segment in batch.segments]

    def of(self, ssrc: int) -> list[Segment]:
        return [segment for segment in self.segments if segment.ssrc == ssrc]

    def marks(self, ssrc: int) -> list[tuple[str, int, int, int, str | None]]:
        """(kind, chunk, begun, frames, end reason) of a stream's segments, frames of one chunk and begun added up."""
        marks: list[tuple[str, int, int, int, str | None]] = []
        for s in self.of(ssrc):
            count = len(s.encoding)
            if marks and s.kind == "audio" and count and marks[-1][0] in {"audio", "open"} and marks[-1][1] == s.chunk:
                kind, chunk, begun, before, reason = marks[-1]
                marks[-1] = (kind, chunk, begun, before + count, reason)
            else:
                marks.append((s.kind, s.chunk, s.begun, count, s.end_reason))
        return marks

    def sequences(self, ssrc: int = 77) -> list[int]:
        return [int(number) for segment in self.of(ssrc) for number in unpack(segment).sequence]
