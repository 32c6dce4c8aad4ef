"""SIP's side of the tap: calls open, are answered and end; SDP says where their voices are heard."""

from collections.abc import Callable
from typing import Final

from schemas.ids import call_id_of_sip
from schemas.records import Direction
from streams.numbers import HashedEnds, NumberHasher, normalise
from streams.sip.message import SipMessage
from streams.sip.sdp import parse_sdp
from streams.tap.call import MAX_BRANCHES, Call, CallInfo
from streams.tap.media import MediaMap
from streams.tap.settings import TapCounters

# After these the caller tries again within the same call: authentication, extension or session timer wanted, redirected
_TRIED_AGAIN: Final = frozenset({401, 407, 420, 421, 422, 423, *range(300, 400)})
_WITHHELD: Final = frozenset({"anonymous", "unavailable", "restricted", "unknown", "withheld", "private", "asterisk"})


class CallEvents:
    """What dialogues make happen to calls; the tap does it.

    Attributes
    ----------
    open
        A call begins: (call-id, SIP Call-ID, capture time, what is known in clear) -> the call, or None if there is
        no room.
    answered, ended
        Of a call, at a capture time.
    """

    def __init__(
        self,
        open_call: Callable[[str, str, int, CallInfo], Call | None],
        answered: Callable[[Call, int], None],
        ended: Callable[[Call, int], None],
    ) -> None:
        self.open = open_call
        self.answered = answered
        self.ended = ended


class Dialogs:
    """All calls known by SIP, by (Call-ID, From tag)."""

    def __init__(self, events: CallEvents, media: MediaMap, hasher: NumberHasher, counters: TapCounters) -> None:
        self._events = events
        self._media = media
        self._hasher = hasher
        self._counters = counters
        self._calls: dict[tuple[str, str], Call] = {}
        self._challenged: dict[str, Call] = {}  # by Call-ID: refused, may try again under another tag

    def handle(self, message: SipMessage, source: str, destination: str, clock_us: int) -> None:
        """Take one message."""
        found = self._find(message)
        if found is None:
            if message.method != "INVITE" or message.status:
                return
            if message.to_tag:  # within a dialogue that began before the tap did: who called is not to be told
                self._counters.dropped["sip_of_unknown_call"] += 1
                return
            call = self._open(message, source, destination, clock_us)
            if call is None:
                return
            from_caller = True
        else:
            call, from_caller = found
        if call.ended_us is not None:
            return
        call.heard_us = clock_us
        if message.status:
            self._response(message, call, from_caller, clock_us)
        else:
            self._request(message, call, from_caller, clock_us)

    def forget(self, call: Call) -> None:
        """Let go of a call."""
        if call.sip_call_id is not None:
            self._calls.pop((call.sip_call_id, call.from_tag), None)
            if self._challenged.get(call.sip_call_id) is call:
                del self._challenged[call.sip_call_id]

    def _find(self, message: SipMessage) -> tuple[Call, bool] | None:
        """The call, and whether the message's request is the caller's."""
        call = self._calls.get((message.call_id, message.from_tag))
        if call is not None:
            return call, True
        call = self._calls.get((message.call_id, message.to_tag)) if message.to_tag else None
        return None if call is None else (call, False)

    def _open(self, message: SipMessage, source: str, destination: str, clock_us: int) -> Call | None:
        previous = self._challenged.pop(message.call_id, None)
        if previous is not None and previous.ended_us is None:
            self._events.ended(previous, clock_us)
        caller = _who(message.asserted_user) or _who(message.from_user)
        callee = message.target if normalise(message.target) else message.to_user or message.target
        info = CallInfo(message.call_id, caller, callee or None, source, destination)
        call = self._events.open(call_id_of_sip(message.call_id, message.from_tag), message.call_id, clock_us, info)
        if call is None:
            return None
        call.from_tag = message.from_tag
        self._calls[message.call_id, message.from_tag] = call
        return call

    def ends_of(self, info: CallInfo) -> HashedEnds:
        """Caller, callee and trunk as they rest."""
        trunk = info.source.rpartition(":")[0] if info.trunk is None else info.trunk
        return self._hasher.ends(info.caller, info.callee, trunk)

    def _request(self, message: SipMessage, call: Call, from_caller: bool, clock_us: int) -> None:
        if message.method == "BYE":
            self._events.ended(call, clock_us)
        elif message.method == "CANCEL":
            self._refused(message, call, clock_us)
        else:
            if message.method == "INVITE" and call.answered_us is None and len(call.branches) < MAX_BRANCHES:
                call.branches.add(message.branch)
            self._describe(message, call, "caller" if from_caller else "callee")

    def _response(self, message: SipMessage, call: Call, from_caller: bool, clock_us: int) -> None:
        if message.status == 100:
            return
        if message.status < 300:
            self._describe(message, call, "callee" if from_caller else "caller")
            if message.status >= 200 and message.method == "INVITE" and call.answered_us is None:
                self._events.answered(call, clock_us)
        elif message.method == "INVITE" and from_caller:
            if message.status in _TRIED_AGAIN:
                call.branches.discard(message.branch)
                self._challenged[message.call_id] = call
            else:
                self._refused(message, call, clock_us)

    def _refused(self, message: SipMessage, call: Call, clock_us: int) -> None:
        """One branch of the INVITE is over; with the last of them an unanswered call is."""
        call.branches.discard(message.branch)
        if call.answered_us is None and not call.branches:
            self._events.ended(call, clock_us)

    def _describe(self, message: SipMessage, call: Call, side: Direction) -> None:
        """Learn where a side wants to hear the other, and in which formats."""
        if not message.body:
            return
        for audio in parse_sdp(message.body):
            formats = call.formats.setdefault(side, {})
            if any(formats.get(number) != audio_format for number, audio_format in audio.formats.items()):
                formats.update(audio.formats)
                for leg in call.legs.values():
                    leg.codecs.clear()
            if audio.address:
                self._media.announce(audio.address, call, side)


def _who(user: str) -> str | None:
    return None if not user or user.lower() in _WITHHELD else user
