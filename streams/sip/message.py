"""SIP messages (RFC 3261 sections 7 and 20), as far as a listener needs them."""

import re
from typing import Final
from urllib.parse import unquote

import msgspec

MAX_MESSAGE_BYTES: Final = 65_536
MAX_HEADERS: Final = 256
MAX_VALUE_CHARS: Final = 4096
METHODS: Final = frozenset(
    {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK"}
    | {"SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER", "MESSAGE", "UPDATE"}
)

# RFC 3261 section 7.3.3; further ones carry nothing of interest here
_COMPACT: Final = {"i": "call-id", "f": "from", "t": "to", "v": "via"}
_WANTED: Final = frozenset({"call-id", "from", "to", "via", "cseq", "p-asserted-identity"})

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_NAME_ADDRESS = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*|[^<"]*)<([^<>]*)>(.*)', re.DOTALL)
_TAG = re.compile(r";\s*tag\s*=\s*([^;,\s]+)", re.IGNORECASE)
_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]+)", re.IGNORECASE)
_CSEQ = re.compile(r"(\d{1,10})\s+([A-Z]+)")
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: |$)")
_REQUEST = re.compile(r"([A-Z]+) (\S+) SIP/2\.0\s*")


class BrokenSipError(ValueError):
    """Bytes that are no SIP message, or one without what every message has."""


class SipMessage(msgspec.Struct, frozen=True):
    """A request, or a response to one.

    Attributes
    ----------
    method
        Of the request; of a response, the method it answers.
    status
        100-699; 0 for a request.
    target
        User part of the Request-URI; empty in responses.
    call_id, from_tag, to_tag
        Name the dialogue; ``to_tag`` is empty until somebody answered.
    cseq
        Number of the request.
    branch
        Of the topmost Via: names the transaction on this hop.
    from_user, to_user, asserted_user
        User parts of From, To and P-Asserted-Identity; empty where there is none.
    body
        What follows the headers.
    """

    method: str
    status: int
    target: str
    call_id: str
    from_tag: str
    to_tag: str
    cseq: int
    branch: str
    from_user: str
    to_user: str
    asserted_user: str
    body: bytes


def looks_like_sip(data: bytes) -> bool:
    """Whether data begins like a SIP message; cheap, for every packet."""
    word, space, _ = data[:16].partition(b" ")
    return bool(space) and (word == b"SIP/2.0" or word.decode("latin-1") in METHODS)


def user_of(uri: str) -> str:
    """User part of a ``sip:``, ``sips:`` or ``tel:`` URI, without password and parameters; empty if there is none."""
    scheme, colon, rest = uri.strip().partition(":")
    if not colon:
        return ""
    if scheme.lower() == "tel":
        return unquote(rest.partition(";")[0])
    user, at, _ = rest.partition("@")
    if scheme.lower() not in {"sip", "sips"} or not at:
        return ""
    return unquote(user.partition(":")[0].partition(";")[0])


def parse_sip(data: bytes) -> SipMessage:
    """Parse one message.

    Compact and folded headers are understood; the first header of a name counts.

    Parameters
    ----------
    data
        A UDP payload.

    Raises
    ------
    BrokenSipError
        If it is too long, its first line is not SIP's, or Call-ID, From, To or CSeq are missing or broken.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise BrokenSipError(f"longer than {MAX_MESSAGE_BYTES} bytes")
    gap = _BLANK_LINE.search(data)
    head, body = (data[: gap.start()], data[gap.end() :]) if gap else (data, b"")
    first, _, rest = head.decode("utf-8", "replace").partition("\n")
    headers = _headers(rest)
    missing = {"call-id", "from", "to", "cseq"} - headers.keys()
    if missing:
        raise BrokenSipError(f"without {', '.join(sorted(missing))}")
    cseq = _CSEQ.match(headers["cseq"])
    if cseq is None:
        raise BrokenSipError("CSeq is not a number and a method")
    method, status, target = _first_line(first.rstrip("\r"), cseq[2])
    from_user, from_tag = _address(headers["from"])
    to_user, to_tag = _address(headers["to"])
    branch = _BRANCH.search(headers.get("via", "").partition(",")[0])
    return SipMessage(
        method=method,
        status=status,
        target=target,
        call_id=headers["call-id"],
        from_tag=from_tag,
        to_tag=to_tag,
        cseq=int(cseq[1]),
        branch=branch[1] if branch else "",
        from_user=from_user,
        to_user=to_user,
        asserted_user=_address(headers.get("p-asserted-identity", ""))[0],
        body=body,
    )


def _first_line(line: str, answered_method: str) -> tuple[str, int, str]:
    """Method, status (0 for requests) and target."""
    status = _STATUS.match(line)
    if status:
        return answered_method, int(status[1]), ""
    request = _REQUEST.fullmatch(line)
    if request is None or request[1] not in METHODS:
        raise BrokenSipError("the first line is not SIP's")
    return request[1], 0, user_of(request[2])


def _headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = _FOLD.sub(" ", text).split("\n", MAX_HEADERS + 1)
    for line in lines[:MAX_HEADERS]:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        name = _COMPACT.get(name, name)
        if colon and name in _WANTED and name not in found:
            value = value.strip()
            if len(value) > MAX_VALUE_CHARS:
                raise BrokenSipError(f"{name} longer than {MAX_VALUE_CHARS} characters")
            found[name] = value
    return found


def _address(value: str) -> tuple[str, str]:
    """User and tag of a From, To or P-Asserted-Identity value."""
    named = _NAME_ADDRESS.match(value)
    uri, parameters = (named[1], named[2]) if named else (value.partition(";")[0], value)
    tag = _TAG.search(parameters)
    return user_of(uri), tag[1] if tag else ""
