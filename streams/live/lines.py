"""Lines of the control channel: JSON objects, one a line, that tell of calls whose RTP is sent to us."""

from socket import AF_INET, AF_INET6, inet_pton
from typing import Annotated, Final, Literal

import msgspec

from streams.capture.datagram import endpoint
from streams.sip.sdp import AudioFormat
from streams.tap import ToldCall, ToldError

MAX_LINE_BYTES: Final = 8192
MAX_FORMATS: Final = 32

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Text = Annotated[str, msgspec.Meta(max_length=256)]
Ssrc = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]
PayloadType = Annotated[int, msgspec.Meta(ge=0, le=127)]
Format = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.\-]{1,32}/[0-9]{1,6}$")]


class _Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    call: Name
    from_tag: Text = ""


class Open(_Line, frozen=True, kw_only=True, tag="open"):
    """A call begins, or a further voice of it.

    Attributes
    ----------
    call, from_tag
        SIP's Call-ID and From tag if there are such, else any name.
    caller, callee
        Numbers as SIP writes them; absent where withheld.
    trunk
        Where the call comes from.
    direction
        Whose voice the RTP is.
    source
        ``address:port`` it comes from, IPv6 in brackets; may be absent if the SSRC is told.
    ssrc
        Its SSRC: needed if several calls come from one source.
    payload_types
        What RFC 3551 leaves open, as SDP's rtpmap says it: ``{"96": "L16/8000", "101": "telephone-event/8000"}``.
    """

    caller: Text | None = None
    callee: Text | None = None
    trunk: Text = ""
    direction: Literal["caller", "callee"] = "caller"
    source: Text | None = None
    ssrc: Ssrc | None = None
    payload_types: Annotated[dict[PayloadType, Format], msgspec.Meta(max_length=MAX_FORMATS)] = {}


class Answered(_Line, frozen=True, kw_only=True, tag="answered"):
    """The call was answered."""


class End(_Line, frozen=True, kw_only=True, tag="end"):
    """The call is over."""


Line = Open | Answered | End
_DECODER: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def parse_line(data: bytes) -> Line:
    """Parse a line.

    Raises
    ------
    ToldError
        If it is not one of the three; says where.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ToldError(str(error)) from error


def told_call(line: Open) -> ToldCall:
    """A call as the tap takes it, its source by the name that `Sources` gives it.

    Raises
    ------
    ToldError
        If neither source nor SSRC are told, or the source is no address with a port.
    """
    if line.source is None and line.ssrc is None:
        raise ToldError("an open needs a source, an ssrc, or both")
    address = None if line.source is None else _address(line.source)
    return ToldCall(
        call=line.call,
        from_tag=line.from_tag,
        caller=line.caller or None,
        callee=line.callee or None,
        trunk=line.trunk,
        direction=line.direction,
        source=address if line.ssrc is None else named(address, line.ssrc),
        formats={number: _format(text) for number, text in line.payload_types.items()},
    )


def named(address: str | None, ssrc: int) -> str:
    """Name of a source that is told by its SSRC, from one address or from anywhere."""
    return f"{address or '*'}#{ssrc:08x}"


def _format(text: str) -> AudioFormat:
    name, _, rate = text.partition("/")
    return AudioFormat(name.lower(), int(rate), 1)


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    is_v6 = host.startswith("[") and host.endswith("]")
    try:
        packed = inet_pton(AF_INET6 if is_v6 else AF_INET, host[1:-1] if is_v6 else host)
    except (OSError, ValueError):
        packed = b""
    if not packed or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise ToldError(f"source {text!r} is not of the form 192.0.2.1:4000 or [2001:db8::1]:4000")
    return endpoint(packed, int(port))
