"""Calls as the tap knows them, and their legs: one for each direction that may carry RTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas.records import Direction
from streams.audio import RATE
from streams.numbers import HashedEnds
from streams.rtp.packet import RtpPacket
from streams.sip.sdp import AudioFormat
from streams.tap.codecs import Codec, codec_of
from streams.tap.settings import TapSettings

if TYPE_CHECKING:
    from streams.tap.partition import Partition
    from streams.tap.stream import Stream

MAX_BRANCHES: Final = 16
MAX_ANCHORS: Final = 1024
CHANGE_US: Final = 1_000_000  # a leg may change its stream once in so long ...
CHANGES_AT_ONCE: Final = 3  # ... or a few times in a row: early media, announcements, a burst
OTHER: Final[dict[Direction, Direction]] = {"caller": "callee", "callee": "caller"}


class CallInfo(msgspec.Struct, frozen=True):
    """A call in clear, for programs that show it on the spot; never written to Kafka.

    Attributes
    ----------
    sip_call_id
        SIP's Call-ID; None without SIP.
    caller, callee
        Numbers or names as SIP tells them; None if it does not, or they were withheld.
    source, destination
        ``address:port`` of the INVITE or, without SIP, of the RTP flow; empty where a call was told of.
    trunk
        Where the call comes from, if that was told; otherwise it is the address of ``source``.
    """

    sip_call_id: str | None
    caller: str | None
    callee: str | None
    source: str
    destination: str
    trunk: str | None = None


class Call:
    """One call; without SIP, one flow of one SSRC."""

    __slots__ = (
        "anchors",
        "announced",
        "answered_us",
        "branches",
        "call_id",
        "ended_us",
        "ends",
        "formats",
        "from_tag",
        "heard_us",
        "legs",
        "opened_us",
        "partition",
        "sip_call_id",
    )

    def __init__(self, call_id: str, partition: Partition, opened_us: int, sip_call_id: str | None = None) -> None:
        self.call_id = call_id
        self.partition = partition
        self.opened_us = opened_us
        self.heard_us = opened_us  # last SIP message or judged frame
        self.sip_call_id = sip_call_id
        self.from_tag = ""
        self.ends = HashedEnds()  # who calls whom; nothing is known without SIP
        self.answered_us: int | None = None
        self.ended_us: int | None = None
        self.branches: set[str] = set()  # of the INVITE, on all hops seen, that have no final answer
        self.announced: set[str] = set()
        self.legs: dict[Direction, Leg] = {}
        self.formats: dict[Direction, dict[int, AudioFormat]] = {}  # what each side is ready to receive
        self.anchors: set[tuple[Direction, int, int]] = set()

    def claim_anchor(self, direction: Direction, ssrc: int, anchor: int) -> bool:
        """Whether no stream of this call has begun there before: equal anchors would be equal stream ids."""
        key = (direction, ssrc, anchor)
        if key in self.anchors or len(self.anchors) >= MAX_ANCHORS:
            return False
        self.anchors.add(key)
        return True


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A packet that would begin a new stream, held until the next one agrees."""

    rtp: RtpPacket
    codec: Codec
    captured_us: int


class Leg:
    """One direction of a call: at any time at most one stream, fed by at most one flow.

    ``call`` is None while an unannounced flow has not yet been confirmed to be RTP.
    """

    __slots__ = (
        "call",
        "candidate",
        "changes_until_us",
        "codecs",
        "direction",
        "event_start",
        "flows",
        "heard_us",
        "judged",
        "lead",
        "old_ssrc",
        "stream",
    )

    def __init__(self, call: Call | None, direction: Direction, judged: bool) -> None:
        self.call = call
        self.direction: Direction = direction
        self.judged = judged
        self.stream: Stream | None = None
        self.candidate: Candidate | None = None
        self.lead: tuple[str, str] | None = None  # the flow that feeds it
        self.old_ssrc = -1
        self.heard_us = 0
        self.flows = 0  # met and remembered
        self.changes_until_us = 0  # the changes made so far are paid for by then
        self.codecs: dict[int, Codec] = {}
        self.event_start: tuple[int, int] | None = None  # of an event on another clock: raw timestamp, sample offset

    def codec(self, payload_type: int, settings: TapSettings) -> Codec:
        """Codec of a payload type here: formats of who receives this voice, then of who sends it."""
        found = self.codecs.get(payload_type)
        if found is None:
            formats: dict[int, AudioFormat] = {}
            if self.call is not None:
                receiver = OTHER.get(self.direction, "unknown")
                formats = self.call.formats.get(self.direction, {}) | self.call.formats.get(receiver, {})
            found = self.codecs[payload_type] = codec_of(payload_type, formats, settings)
        return found

    def may_change(self, now_us: int) -> bool:
        """Whether its stream may end now for another to begin; if so, that is noted."""
        paid_us = max(self.changes_until_us, now_us)
        if paid_us - now_us > (CHANGES_AT_ONCE - 1) * CHANGE_US:
            return False
        self.changes_until_us = paid_us + CHANGE_US
        return True

    def agrees(self, rtp: RtpPacket, codec: Codec, captured_us: int, tolerance_us: int) -> bool:
        """Whether a packet goes on where the held one began."""
        held = self.candidate
        if held is None or held.rtp.ssrc != rtp.ssrc:
            return False
        steps = (rtp.sequence - held.rtp.sequence + 0x8000 & 0xFFFF) - 0x8000
        if steps == 0 or abs(steps) > 16:
            return False
        if codec.rate != RATE or held.codec.rate != RATE:
            return True
        ahead = (rtp.timestamp - held.rtp.timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        return abs(ahead * 125 - (captured_us - held.captured_us)) <= tolerance_us
