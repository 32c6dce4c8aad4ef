"""Which flow carries whose voice: addresses announced by SDP, and flows met."""

from collections.abc import Iterator
from typing import Final

from schemas.records import Direction
from streams.tap.call import OTHER, Call, Leg

Flow = tuple[str, str]
MAX_ADDRESSES: Final = 32  # one call may announce


class MetFlow:
    """Whose voice a flow carries, and when it was last heard."""

    __slots__ = ("heard_us", "leg")

    def __init__(self, leg: Leg, heard_us: int) -> None:
        self.leg = leg
        self.heard_us = heard_us


class MediaMap:
    """Announced addresses and the legs that flows (source, destination) belong to."""

    def __init__(self) -> None:
        self._announced: dict[str, tuple[Call, Direction]] = {}
        self._flows: dict[Flow, MetFlow] = {}
        self._flows_at: dict[str, set[Flow]] = {}
        self.moved: list[Leg] = []  # legs whose flow turned out to be an announced one

    def announce(self, address: str, call: Call, side: Direction) -> None:
        """A side of a call wants to receive at an address; flows there are looked up afresh."""
        known = self._announced.get(address)
        if known is not None and known[0] is call and known[1] == side:
            return
        if len(call.announced) >= MAX_ADDRESSES:
            return
        call.announced.add(address)
        self._announced[address] = (call, side)
        for flow in list(self._flows_at.get(address, ())):
            leg = self.drop(flow)
            if leg is not None and leg.direction == "unknown":
                self.moved.append(leg)

    def announced(self, source: str, destination: str) -> tuple[Call, Direction] | None:
        """Call and direction of a flow, by symmetric RTP: who receives at an address sends from it too."""
        sender, receiver = self._announced.get(source), self._announced.get(destination)
        if sender is None and receiver is None:
            return None
        if sender is None or (receiver is not None and receiver[0].opened_us > sender[0].opened_us):
            assert receiver is not None  # noqa: S101 (both None returned above)
            return receiver[0], OTHER[receiver[1]]
        return sender

    def met(self, flow: Flow) -> MetFlow | None:
        """What is known of a flow, if it has been met."""
        return self._flows.get(flow)

    def attach(self, flow: Flow, leg: Leg, now_us: int) -> MetFlow:
        """Remember whose a new flow is."""
        met = self._flows[flow] = MetFlow(leg, now_us)
        leg.flows += 1
        for address in flow:
            self._flows_at.setdefault(address, set()).add(flow)
        return met

    def drop(self, flow: Flow) -> Leg | None:
        """Forget a flow."""
        met = self._flows.pop(flow, None)
        if met is None:
            return None
        met.leg.flows -= 1
        for address in flow:
            flows = self._flows_at.get(address)
            if flows is not None:
                flows.discard(flow)
                if not flows:
                    del self._flows_at[address]
        return met.leg

    def forget(self, call: Call) -> None:
        """Withdraw what a call announced."""
        for address in call.announced:
            if address in self._announced and self._announced[address][0] is call:
                del self._announced[address]
        call.announced.clear()

    def flows(self) -> Iterator[tuple[Flow, MetFlow]]:
        """All flows met, oldest first; a copy, so that flows may be dropped meanwhile."""
        return iter(list(self._flows.items()))

    def __len__(self) -> int:
        return len(self._flows)
