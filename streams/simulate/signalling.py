"""The SIP of a simulated call (RFC 3261, RFC 4566): set up, answered or given up, and ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from streams.capture import Packet
from streams.simulate.plan import PlannedCall

SWITCH: Final = "203.0.113.5"  # where the calls arrive
_SIP_PORT: Final = 5060
_FIRST_MEDIA_PORT: Final = 16_384
_MEDIA_PORTS: Final = 20_000  # pairs; calls that share a port are that many calls apart
_TRIP_US: Final = 15_000  # from a message to what answers it

Side = Literal["caller", "callee"]
_CODECS: Final = {"pcmu": "0 8", "pcma": "8 0"}  # the preferred one first
_REASONS: Final = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 487: "Request Terminated"}


def media_address(call: PlannedCall, side: Side) -> tuple[str, int]:
    """Address and UDP port on which one side of a call receives and sends RTP."""
    host = call.trunk if side == "caller" else SWITCH
    network, _, last = host.rpartition(".")
    return f"{network}.{int(last) + 1}", _FIRST_MEDIA_PORT + 2 * (call.index % _MEDIA_PORTS)


def signalling(call: PlannedCall) -> Iterator[Packet]:
    """All SIP messages of a call as the wire between trunk and switch carries them, in order of time."""
    talk = _Dialogue(call)
    cancelled = call.variant == "cancelled"
    yield talk.request(0, "caller", "INVITE", 1, sdp=True)
    yield talk.response(_TRIP_US // 3, "callee", 100, "INVITE", 1)
    if call.early_media:
        yield talk.response(call.ringing_us, "callee", 183, "INVITE", 1, sdp=True)
    else:
        yield talk.response(call.ringing_us, "callee", 180, "INVITE", 1)
    end_us = call.hangs_up_us
    if cancelled:
        yield talk.request(end_us, "caller", "CANCEL", 1)
        yield talk.response(end_us + _TRIP_US, "callee", 200, "CANCEL", 1)
        yield talk.response(end_us + _TRIP_US + 2_000, "callee", 487, "INVITE", 1)
        yield talk.request(end_us + 2 * _TRIP_US, "caller", "ACK", 1)
        return
    yield talk.response(call.answer_us, "callee", 200, "INVITE", 1, sdp=True)
    yield talk.request(call.answer_us + _TRIP_US, "caller", "ACK", 1)
    other: Side = "callee" if call.ended_by == "caller" else "caller"
    number = 2 if call.ended_by == "caller" else 1  # each side counts its own requests
    yield talk.request(end_us, call.ended_by, "BYE", number)
    yield talk.response(end_us + _TRIP_US, other, 200, "BYE", number)


@dataclass(frozen=True, slots=True)
class _Dialogue:
    """Writes the messages of one call."""

    call: PlannedCall

    def request(self, after_us: int, sender: Side, method: str, number: int, *, sdp: bool = False) -> Packet:
        to_tag = method in ("BYE", "ACK")
        line = f"{method} {_uri(self.call.callee, SWITCH, 'plus')} SIP/2.0"
        if sender == "callee":
            line = f"{method} sip:{self.call.trunk}:{_SIP_PORT} SIP/2.0"
        extra = ["Max-Forwards: 70", f"Contact: <sip:{_host(self.call, sender)}:{_SIP_PORT}>"]
        if method == "INVITE":
            extra.append("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS")
        return self._message(after_us, sender, sender, line, method, number, extra, to_tag, sdp)

    def response(
        self, after_us: int, sender: Side, status: int, method: str, number: int, *, sdp: bool = False
    ) -> Packet:
        asker: Side = "caller" if sender == "callee" else "callee"
        line = f"SIP/2.0 {status} {_REASONS[status]}"
        extra = [f"Contact: <sip:{_host(self.call, sender)}:{_SIP_PORT}>"] if status in (180, 183, 200) else []
        return self._message(after_us, sender, asker, line, method, number, extra, status != 100, sdp)

    def _message(
        self,
        after_us: int,
        sender: Side,
        asker: Side,
        line: str,
        method: str,
        number: int,
        extra: list[str],
        to_tag: bool,
        sdp: bool,
    ) -> Packet:
        """One message; ``asker`` sent the request of its transaction, and so is From."""
        call, body = self.call, _sdp(self.call, sender) if sdp else ""
        calling = f"<{_uri(call.caller, call.trunk, call.number_style)}>;tag={call.from_tag}"
        called = f"<{_uri(call.callee, SWITCH, 'plus')}>"
        if asker == "callee":
            origin, target = f"{called};tag={call.to_tag}", calling
        else:
            origin, target = calling, f"{called};tag={call.to_tag}" if to_tag else called
        # a CANCEL has the branch of the INVITE it cancels
        transaction = "INVITE" if method in ("CANCEL", "ACK") and call.variant == "cancelled" else method
        headers = [
            line,
            f"Via: SIP/2.0/UDP {_host(call, asker)}:{_SIP_PORT};branch=z9hG4bK{call.from_tag}{transaction.lower()}",
            f"From: {origin}",
            f"To: {target}",
            f"Call-ID: {call.sip_call_id}",
            f"CSeq: {number} {method}",
            *extra,
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        receiver: Side = "caller" if sender == "callee" else "callee"
        return Packet(
            captured_us=call.start_us + after_us,
            source=f"{_host(call, sender)}:{_SIP_PORT}",
            destination=f"{_host(call, receiver)}:{_SIP_PORT}",
            payload=("\r\n".join(headers) + "\r\n\r\n" + body).encode("ascii"),
        )


def _host(call: PlannedCall, side: Side) -> str:
    return call.trunk if side == "caller" else SWITCH


def _uri(number: str, host: str, style: str) -> str:
    """Write a number as SIP carries it: ``sip:`` with ``+`` or with the international prefix, or ``tel:``, parted."""
    digits = number.lstrip("+")
    if style == "tel":
        return f"tel:+{digits[:2]}-{digits[2:5]}-{digits[5:]}"
    return f"sip:{'00' if style == 'zeros' else '+'}{digits}@{host};user=phone"


def _sdp(call: PlannedCall, side: Side) -> str:
    """Offer and answer alike: both laws of G.711, keypad events and comfort noise."""
    host, port = media_address(call, side)
    session = int(call.to_tag if side == "callee" else call.from_tag, 16)
    lines = [
        "v=0",
        f"o=- {session} {session} IN IP4 {host}",
        "s=-",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=audio {port} RTP/AVP {_CODECS[call.law]} 101 13",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=rtpmap:13 CN/8000",
        f"a=ptime:{call.packet_ms}",
        "a=sendrecv",
    ]
    return "\r\n".join(lines) + "\r\n"
