"""The tap itself: SIP and RTP in by capture time, batches out; it makes the time all later stages go by."""

from collections import OrderedDict
from collections.abc import Callable, Mapping

import msgspec

from schemas.ids import call_id_of_flow, partition_of
from schemas.records import Direction
from streams.capture import Packet
from streams.numbers import NumberHasher
from streams.rtp.packet import RtpPacket
from streams.sip.message import BrokenSipError, looks_like_sip, parse_sip
from streams.tap.call import Call, CallInfo, Leg
from streams.tap.clockwork import EARLIER_US, Batches, Clockwork
from streams.tap.dialogs import CallEvents, Dialogs
from streams.tap.listener import Listener
from streams.tap.media import Flow, MediaMap
from streams.tap.reception import Reception
from streams.tap.settings import TapCounters, TapSettings
from streams.tap.stream import Stream
from streams.tap.told import ToldCalls


class Tap:
    """Turns captured packets into batches of segments.

    Parameters
    ----------
    tap_id
        Name of this tap.
    tap_epoch
        Start of this run, ms since 1970; a later run of the same tap has a higher one.
    partitions
        Number of partitions of the call topics.
    hasher
        For the numbers of callers and callees.
    settings
        See `TapSettings`.

    Attributes
    ----------
    counters
        What became of the packets.

    Raises
    ------
    ValueError
        If there are no partitions.
    """

    def __init__(
        self,
        tap_id: str,
        tap_epoch: int,
        partitions: int,
        hasher: NumberHasher,
        settings: TapSettings | None = None,
    ) -> None:
        if partitions < 1:
            raise ValueError(f"a topic has at least one partition, not {partitions}")
        self.counters = TapCounters()
        self._settings = settings = settings or TapSettings()
        self._tap_id = tap_id
        self._idle_us = round(settings.idle_timeout_s * 1_000_000)
        self._memory_us = max(round(settings.call_memory_s * 1_000_000), self._idle_us)
        self._infos: OrderedDict[str, CallInfo] = OrderedDict()
        self._sip_calls: dict[str, Call] = {}
        self._streams: set[Stream] = set()
        self._ended_streams = Reception()
        self._media = MediaMap()
        self._clock = Clockwork(tap_id, tap_epoch, partitions, settings, self.counters, self._stream_due, self._sweep)
        events = CallEvents(self._open_sip_call, self._answered, self._ended)
        self._dialogs = Dialogs(events, self._media, hasher, self.counters)
        self._told = ToldCalls(events, self._media)
        self._listener = Listener(
            self._media, settings, self.counters, self._open_flow_call, self._open_stream, self._end_stream
        )

    @property
    def calls(self) -> Mapping[str, CallInfo]:
        """The latest calls by call-id, in clear; at most ``max_calls``."""
        return self._infos

    @property
    def streams_up(self) -> int:
        """Streams that have not ended: one for each call, unless both directions are judged."""
        return len(self._streams)

    def reception(self) -> Reception:
        """How well RTP has come so far, over all streams."""
        total = msgspec.structs.replace(self._ended_streams)
        for stream in self._streams:
            total.add(stream, self._clock.now_us)
        return total

    def feed(self, packet: Packet) -> Batches:
        """Take one packet.

        Its capture time moves the clock; a packet from before the newest is taken as if captured with that one.

        Returns
        -------
        list of (int, FrameBatch)
            Partition and batch of what became due, in the order to send it.
        """
        counters = self.counters
        counters.packets += 1
        clock = self._clock
        now_us = packet.captured_us
        if now_us < clock.now_us:
            counters.clock_backwards += 1
            now_us = clock.now_us
        elif now_us >= clock.wake_us:
            clock.advance(now_us)
        else:
            clock.now_us = now_us
        data = packet.payload
        if data and data[0] & 0xC0 == 0x80:
            stream = self._listener.hear((packet.source, packet.destination), data, now_us)
            if stream is not None:
                self._after(stream)
        elif looks_like_sip(data):
            self._sip(packet, now_us)
        else:
            counters.not_rtp += 1
        return clock.take() if clock.out else []

    def _after(self, stream: Stream) -> None:
        """Time passes on for a stream that has got a frame."""
        clock = self._clock
        partition = stream.partition
        if partition.urgent or partition.size >= self._settings.max_batch_bytes:
            clock.hurry(partition)
        due_us = stream.tick_due_us()
        if due_us < stream.due_us - EARLIER_US:
            clock.watch(stream, due_us)

    def _sip(self, packet: Packet, now_us: int) -> None:
        try:
            message = parse_sip(packet.payload)
        except BrokenSipError:
            self.counters.bad_sip += 1
            return
        self.counters.sip += 1
        self._dialogs.handle(message, packet.source, packet.destination, now_us)
        self._end_moved(now_us)
        self._clock.send_urgent()

    def _end_moved(self, now_us: int) -> None:
        """End the streams of flows that turned out to be an announced call's."""
        while self._media.moved:
            leg = self._media.moved.pop()
            if leg.stream is not None:
                self._end_stream(leg.stream, now_us, "media_started")

    def tell(self, news: Callable[[ToldCalls, int], Call], clock_us: int) -> tuple[str, Batches]:
        """Take in what somebody tells of a call without SIP.

        Parameters
        ----------
        news
            Calls one of `ToldCalls`' methods with the time it is given.

        Returns
        -------
        str
            Id of the call.
        list of (int, FrameBatch)
            What became due.

        Raises
        ------
        ToldError
            If it can't be used; nothing was done but that time has passed.
        """
        self._move_to(clock_us)
        now_us = self._clock.now_us
        call = news(self._told, now_us)
        self._end_moved(now_us)
        self._clock.send_urgent()
        return call.call_id, self._clock.take()

    def _move_to(self, clock_us: int) -> None:
        if clock_us > self._clock.now_us:
            self._clock.advance(clock_us)

    def advance(self, clock_us: int) -> Batches:
        """Let capture time pass without a packet; a time before the newest is no news."""
        self._move_to(clock_us)
        return self._clock.take()

    def close(self) -> Batches:
        """End every stream and send what waits; nothing may be fed afterwards."""
        clock = self._clock
        now_us = max(clock.now_us, 0)
        for _, met in self._media.flows():
            leg = met.leg
            if leg.candidate is not None:
                leg.candidate = None
                self.counters.dropped["unconfirmed"] += 1
        for stream in sorted(self._streams, key=lambda s: (s.first_us, s.call.call_id, s.direction)):
            self._end_stream(stream, now_us, "tap_exit")
        for partition in clock.partitions:
            if partition.waiting:
                clock.send(partition)
        return clock.take()

    def _open_sip_call(self, call_id: str, sip_call_id: str, now_us: int, info: CallInfo) -> Call | None:
        if len(self._sip_calls) >= self._settings.max_calls:
            self.counters.dropped["too_many_calls"] += 1
            return None
        call = self._call(call_id, now_us, info)
        call.sip_call_id = sip_call_id
        call.ends = self._dialogs.ends_of(info)
        self._sip_calls[call_id] = call
        if "caller" in self._settings.directions and len(self._streams) < self._settings.max_streams:
            leg = call.legs["caller"] = Leg(call, "caller", judged=True)
            leg.stream = stream = Stream(call, "caller", -1, 0, now_us, self._tap_id)
            call.claim_anchor("caller", 0, 0)
            self._watch(stream)
            stream.open_empty()
        return call

    def _open_flow_call(self, flow: Flow, ssrc: int, captured_us: int) -> Call | None:
        if len(self._streams) >= self._settings.max_streams:
            return None
        call_id = call_id_of_flow(*flow, ssrc, captured_us // 1_000_000)
        return self._call(call_id, captured_us, CallInfo(None, None, None, *flow))

    def _call(self, call_id: str, now_us: int, info: CallInfo) -> Call:
        self.counters.calls += 1
        self._infos[call_id] = info
        if len(self._infos) > self._settings.max_calls:
            self._infos.popitem(last=False)
        partitions = self._clock.partitions
        return Call(call_id, partitions[partition_of(call_id, len(partitions))], now_us)

    def _open_stream(self, call: Call, direction: Direction, rtp: RtpPacket, captured_us: int) -> Stream | None:
        if len(self._streams) >= self._settings.max_streams:
            self.counters.dropped["too_many_streams"] += 1
            return None
        stream = Stream(call, direction, rtp.ssrc, rtp.timestamp, captured_us, self._tap_id)
        if not call.claim_anchor(direction, stream.ssrc, stream.anchor):
            self.counters.dropped["anchor_used"] += 1
            return None
        self._watch(stream)
        stream.open()
        return stream

    def _watch(self, stream: Stream) -> None:
        self.counters.streams += 1
        self._streams.add(stream)
        self._clock.watch(stream, min(stream.tick_due_us(), self._idle_due_us(stream)))

    def _end_stream(self, stream: Stream, now_us: int, reason: str) -> None:
        stream.end(now_us, reason)
        self._ended_streams.add(stream, now_us)
        self._streams.discard(stream)
        leg = stream.call.legs.get(stream.direction)
        if leg is not None and leg.stream is stream:
            leg.stream = None
        self._clock.hurry(stream.partition)

    def _answered(self, call: Call, now_us: int) -> None:
        call.answered_us = now_us
        for leg in call.legs.values():
            if leg.stream is not None:
                leg.stream.answer(now_us)

    def _ended(self, call: Call, now_us: int) -> None:
        call.ended_us = now_us
        for leg in call.legs.values():
            if leg.candidate is not None:
                leg.candidate = None
                self.counters.dropped["unconfirmed"] += 1
            if leg.stream is not None:
                self._end_stream(leg.stream, now_us, "bye")

    def _idle_due_us(self, stream: Stream) -> int:
        heard_us = stream.call.heard_us if stream.wire_ssrc < 0 else stream.newest_us
        return heard_us + self._idle_us

    def _stream_due(self, stream: Stream, now_us: int) -> int | None:
        idle_us = self._idle_due_us(stream)
        if idle_us <= now_us:
            self._end_stream(stream, now_us, "timeout")
            return None
        if stream.tick_due_us() <= now_us:
            stream.tick(now_us)
            self.counters.ticks += 1
        return min(stream.tick_due_us(), idle_us)

    def _sweep(self, now_us: int) -> None:
        """Forget flows and calls that have been over or quiet for long."""
        for flow, met in self._media.flows():
            leg = met.leg
            if now_us - met.heard_us < self._idle_us or (leg.stream is not None and leg.lead == flow):
                continue
            if leg.candidate is not None and now_us - leg.heard_us >= self._idle_us:
                leg.candidate = None
                self.counters.dropped["unconfirmed"] += 1
            self._media.drop(flow)
        for call in list(self._sip_calls.values()):
            if call.ended_us is not None:
                over = now_us - call.ended_us >= self._idle_us
            else:
                over = now_us - call.heard_us >= self._memory_us and all(
                    leg.stream is None and now_us - leg.heard_us >= self._memory_us for leg in call.legs.values()
                )
            if over:
                del self._sip_calls[call.call_id]
                self._dialogs.forget(call)
                self._told.forget(call)
                self._media.forget(call)
