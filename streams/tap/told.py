"""Calls that somebody tells the tap of, where no SIP is seen: they open, are answered and end as others do."""

import msgspec

from schemas.ids import call_id_of_sip
from schemas.records import Direction
from streams.sip.sdp import AudioFormat
from streams.tap.call import Call, CallInfo
from streams.tap.dialogs import CallEvents
from streams.tap.media import MAX_ADDRESSES, MediaMap


class ToldError(ValueError):
    """What was told can't be used; the message says why."""


class ToldCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call, and where one of its voices comes from.

    Attributes
    ----------
    call, from_tag
        Name the call; with SIP's Call-ID and From tag its id is that which a tap on the SIP gives it.
    caller, callee, trunk
        In clear; hashed before they go anywhere.
    direction
        Whose voice it is.
    source
        ``address:port`` its RTP comes from; None: not known yet.
    formats
        By payload type, where RFC 3551 does not assign it.
    """

    call: str
    from_tag: str = ""
    caller: str | None = None
    callee: str | None = None
    trunk: str = ""
    direction: Direction = "caller"
    source: str | None = None
    formats: dict[int, AudioFormat] = {}


class ToldCalls:
    """All calls known by being told, by (name, tag)."""

    def __init__(self, events: CallEvents, media: MediaMap) -> None:
        self._events = events
        self._media = media
        self._calls: dict[tuple[str, str], Call] = {}

    def open(self, told: ToldCall, clock_us: int) -> Call:
        """Open a call, or learn of a further voice of it.

        Raises
        ------
        ToldError
            If it has ended, there is no room for more calls, or it has too many addresses.
        """
        key = (told.call, told.from_tag)
        call = self._calls.get(key)
        if call is None:
            info = CallInfo(told.call, told.caller, told.callee, "", "", told.trunk)
            call = self._events.open(call_id_of_sip(*key), told.call, clock_us, info)
            if call is None:
                raise ToldError("there is no room for more calls")
            call.from_tag = told.from_tag
            self._calls[key] = call
        elif call.ended_us is not None:
            raise ToldError("this call has ended")
        call.heard_us = clock_us
        if told.formats:
            call.formats.setdefault(told.direction, {}).update(told.formats)
            for leg in call.legs.values():
                leg.codecs.clear()
        if told.source is not None:
            if told.source not in call.announced and len(call.announced) >= MAX_ADDRESSES:
                raise ToldError(f"a call has at most {MAX_ADDRESSES} sources")
            self._media.announce(told.source, call, told.direction)
        return call

    def answered(self, name: str, from_tag: str, clock_us: int) -> Call:
        """A call is answered; a second time says nothing new.

        Raises
        ------
        ToldError
            If it was not opened, or has ended.
        """
        call = self._known(name, from_tag)
        call.heard_us = clock_us
        if call.answered_us is None:
            self._events.answered(call, clock_us)
        return call

    def ended(self, name: str, from_tag: str, clock_us: int) -> Call:
        """A call ends.

        Raises
        ------
        ToldError
            If it was not opened, or has ended before.
        """
        call = self._known(name, from_tag)
        self._events.ended(call, clock_us)
        return call

    def forget(self, call: Call) -> None:
        """Let go of a call."""
        key = (call.sip_call_id or "", call.from_tag)
        if self._calls.get(key) is call:
            del self._calls[key]

    def _known(self, name: str, from_tag: str) -> Call:
        call = self._calls.get((name, from_tag))
        if call is None:
            raise ToldError("no such call is open")
        if call.ended_us is not None:
            raise ToldError("this call has ended")
        return call
