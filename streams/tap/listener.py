"""RTP's side of the tap: packets find their leg, legs their stream, and the frames their place in it."""

from collections.abc import Callable
from struct import pack_into
from typing import Final

from schemas.frames import L16, PCMA, PCMU, TELEPHONE_EVENT, UNSUPPORTED
from schemas.records import Direction
from streams.audio import RATE
from streams.rtp.event import REPORT_BYTES, BrokenEventError, parse_event
from streams.rtp.packet import NotRtpError, RtpPacket, parse_rtp
from streams.tap.call import Call, Candidate, Leg
from streams.tap.codecs import Codec, is_plausible
from streams.tap.media import Flow, MediaMap, MetFlow
from streams.tap.settings import TapCounters, TapSettings
from streams.tap.stream import JUMP_US, WRAP, Stream

OTHER_FLOW_US: Final = 200_000  # a second flow of a leg is heard when the first has been quiet for so long
OLD_SSRC_US: Final = 1_000_000  # stragglers of the SSRC before
MAX_FLOWS_OF_LEG: Final = 16  # copies on other hops, addresses a sender moved to
FLOWS_PER_STREAM: Final = 4  # of ``max_streams``, all flows together
STRAY_FLOWS_PER_STREAM: Final = 2  # beyond which only announced flows are met: strays leave room for them

OpenFlow = Callable[[Flow, int, int], Call | None]
OpenStream = Callable[[Call, Direction, RtpPacket, int], Stream | None]
EndStream = Callable[[Stream, int, str], None]


class Listener:
    """Takes RTP packets.

    Parameters
    ----------
    open_flow
        Makes the call of a flow without SIP from (flow, SSRC, capture time), None if there is no room.
    open_stream
        Opens a stream at its first packet, None if there is no room or its anchor was used before.
    end_stream
        Ends one for a reason.
    """

    def __init__(
        self,
        media: MediaMap,
        settings: TapSettings,
        counters: TapCounters,
        open_flow: OpenFlow,
        open_stream: OpenStream,
        end_stream: EndStream,
    ) -> None:
        self._media = media
        self._settings = settings
        self._counters = counters
        self._open_flow = open_flow
        self._open_stream = open_stream
        self._end_stream = end_stream

    def hear(self, flow: Flow, data: bytes, now_us: int) -> Stream | None:
        """Take one packet; returns the stream it went to."""
        counters = self._counters
        met = self._media.met(flow)
        try:
            rtp = parse_rtp(data)
        except NotRtpError as error:
            self._not_rtp(error, met)
            return None
        if met is None:
            met = self._meet(flow, rtp, now_us)
            if met is None:
                return None
        counters.rtp += 1
        leg = met.leg
        leg.heard_us = met.heard_us = now_us
        stream = leg.stream
        expected = stream is not None and stream.wire_ssrc == rtp.ssrc
        if not expected or leg.lead != flow:
            refusal = self._refusal(leg, flow, rtp.ssrc, now_us)
            if refusal is not None:
                counters.dropped[refusal] += 1
                return None
        codec = leg.codecs.get(rtp.payload_type) or leg.codec(rtp.payload_type, self._settings)
        if stream is not None and expected and self._add(leg, stream, rtp, codec, now_us):
            return stream
        return self._begin(leg, flow, rtp, codec, now_us)

    def _not_rtp(self, error: NotRtpError, met: MetFlow | None) -> None:
        if met is None or met.leg.call is None or error.reason == "rtcp":
            self._counters.not_rtp += 1
        else:
            self._counters.bad_rtp += 1
            self._counters.dropped[error.reason] += 1

    def _refusal(self, leg: Leg, flow: Flow, ssrc: int, now_us: int) -> str | None:
        """Why a packet is not for its leg; None if it is."""
        if not leg.judged:
            return "not_judged"
        if leg.call is not None and leg.call.ended_us is not None:
            return "after_end"
        stream = leg.stream
        if stream is None or stream.wire_ssrc < 0:
            leg.lead = flow
            return None
        quiet_us = now_us - stream.newest_us
        if leg.lead != flow:
            if quiet_us < OTHER_FLOW_US:
                return "other_flow"
            leg.lead = flow
        if ssrc == leg.old_ssrc and ssrc != stream.wire_ssrc and quiet_us < OLD_SSRC_US:
            return "old_ssrc"
        return None

    def _meet(self, flow: Flow, rtp: RtpPacket, now_us: int) -> MetFlow | None:
        """Remember a flow that is new, and whose it is; None if it is nobody's, or one too many."""
        settings = self._settings
        announced = self._media.announced(*flow)
        if announced is None and not is_plausible(rtp.payload_type, settings):
            self._counters.not_rtp += 1
            return None
        per_stream = STRAY_FLOWS_PER_STREAM if announced is None else FLOWS_PER_STREAM
        if len(self._media) >= per_stream * settings.max_streams:
            self._counters.dropped["too_many_flows"] += 1
            return None
        if announced is None:
            leg = Leg(None, "unknown", "unknown" in settings.directions)
        else:
            call, direction = announced
            leg = call.legs.get(direction) or Leg(call, direction, direction in settings.directions)
            call.legs[direction] = leg
            if leg.flows >= MAX_FLOWS_OF_LEG:
                self._counters.dropped["too_many_flows_of_leg"] += 1
                return None
        return self._media.attach(flow, leg, now_us)

    def _begin(self, leg: Leg, flow: Flow, rtp: RtpPacket, codec: Codec, now_us: int) -> Stream | None:
        """A packet that no stream of its leg expects: open one, or hold it until another agrees with it."""
        packets = self._confirmed(leg, Candidate(rtp, codec, now_us))
        if not packets:
            return None
        stream = leg.stream
        leg.candidate = None
        if stream is not None:
            changed = stream.wire_ssrc != rtp.ssrc
            reason = "media_started" if stream.wire_ssrc < 0 else "ssrc_change" if changed else "timestamp_jump"
            leg.old_ssrc = stream.wire_ssrc if changed else -1
            self._end_stream(stream, now_us, reason)
            if changed and leg.direction == "unknown":
                leg.call = None
        elif leg.direction == "unknown":  # its stream ended by timeout, and the call with it
            leg.call = None
        if leg.call is None:
            leg.call = self._open_flow(flow, rtp.ssrc, packets[0].captured_us)
            if leg.call is not None:
                leg.call.legs[leg.direction] = leg
        for packet in packets:
            self._first(leg, packet)
        return leg.stream

    def _confirmed(self, leg: Leg, packet: Candidate) -> list[Candidate]:
        """Packets a new stream begins with; none if this one is held, or the leg changes too often."""
        stream, held = leg.stream, leg.candidate
        rtp, now_us = packet.rtp, packet.captured_us
        announced = leg.call is not None and leg.direction != "unknown"
        if announced and (stream is None or stream.wire_ssrc < 0):
            return [packet]
        if held is None or not leg.agrees(rtp, packet.codec, now_us, JUMP_US):
            if held is not None:
                self._counters.dropped["unconfirmed"] += 1
            if held is None or held.rtp != rtp:  # a repeat of the held packet says nothing new
                leg.candidate = packet
            return []
        if stream is not None and not leg.may_change(now_us):
            self._counters.dropped["too_many_changes"] += 1  # the held one
            leg.candidate = packet
            return []
        return [packet, held] if (rtp.sequence - held.rtp.sequence & 0xFFFF) >= 0x8000 else [held, packet]

    def _first(self, leg: Leg, packet: Candidate) -> None:
        if leg.call is None:
            self._counters.dropped["too_many_calls"] += 1
            return
        if leg.stream is None:
            leg.stream = self._open_stream(leg.call, leg.direction, packet.rtp, packet.captured_us)
            if leg.stream is None:
                return
            leg.stream.sequence = packet.rtp.sequence
            leg.event_start = None
        if not self._add(leg, leg.stream, packet.rtp, packet.codec, packet.captured_us):
            self._counters.dropped["unconfirmed"] += 1

    def _add(self, leg: Leg, stream: Stream, rtp: RtpPacket, codec: Codec, now_us: int) -> bool:
        """Put a packet in its stream; False if it is too far off to belong there, and nothing was done."""
        if not stream.is_near_in_sequence(rtp.sequence, now_us):
            return False
        encoding, rate = codec
        payload = rtp.payload
        if encoding in (PCMU, PCMA):
            length = len(payload)
        elif encoding == L16:
            if len(payload) % 2:
                return self._drop("odd_l16")
            length = len(payload) // 2
        elif encoding == TELEPHONE_EVENT:
            return self._add_event(leg, stream, rtp, rate, now_us)
        else:
            length = 1
            if encoding == UNSUPPORTED:
                payload = b""
        if rate == RATE:
            start = stream.offset_of(rtp.timestamp)
            if not stream.is_near_in_time(start, now_us):
                return False
        else:  # the 8 kHz clock goes on by capture time: nothing of such a payload is used but that it came
            start = stream.expected_offset(now_us)
        return self._place(leg, stream, rtp, encoding, payload, start, start + length, now_us)

    def _add_event(self, leg: Leg, stream: Stream, rtp: RtpPacket, rate: int, now_us: int) -> bool:
        try:
            event = parse_event(rtp.payload)
        except BrokenEventError:
            return self._drop("broken_event")
        payload, duration = rtp.payload[:REPORT_BYTES], event.duration
        if rate == RATE:
            start = stream.offset_of(rtp.timestamp)
        else:
            duration = min(duration * RATE // rate, 0xFFFF)
            rescaled = bytearray(payload)
            pack_into("!H", rescaled, 2, duration)
            payload = bytes(rescaled)
            if leg.event_start is None or leg.event_start[0] != rtp.timestamp:
                leg.event_start = (rtp.timestamp, max(stream.expected_offset(now_us) - duration, 0))
            start = leg.event_start[1]
        if not stream.is_near_in_time(start + duration, now_us):
            return False
        return self._place(leg, stream, rtp, TELEPHONE_EVENT, payload, start, start + duration, now_us)

    def _place(
        self,
        leg: Leg,
        stream: Stream,
        rtp: RtpPacket,
        encoding: int,
        payload: bytes,
        start: int,
        reach: int,
        now_us: int,
    ) -> bool:
        if leg.candidate is not None:
            leg.candidate = None
            self._counters.dropped["unconfirmed"] += 1
        if start < 0:
            return self._drop("before_anchor")
        stream.add(rtp, stream.anchor + start & WRAP, now_us, encoding, payload, start, reach)
        self._counters.frames += 1
        return True

    def _drop(self, reason: str) -> bool:
        self._counters.dropped[reason] += 1
        return True
