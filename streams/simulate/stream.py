"""All packets of a plan in order of time, made call by call as the time comes."""

import heapq
from collections.abc import Callable, Iterator

import numpy as np

from streams.capture import Packet
from streams.simulate.media import Sent, sent_packets
from streams.simulate.network import arrivals
from streams.simulate.plan import Network, Plan, PlannedCall
from streams.simulate.signalling import Side, media_address, signalling
from streams.simulate.sound import callee_sound, caller_sound

Progress = Callable[[int], None]


def call_packets(seed: int, call: PlannedCall) -> list[Packet]:
    """All packets of one call, SIP and RTP, in order of time; a function of the seed and the call alone."""
    packets = list(signalling(call))
    if call.packets:
        rng = np.random.default_rng([seed, 12, call.index])
        sent = list(sent_packets(rng, call, caller_sound(seed, call)))
        packets += _on_the_wire(rng, call, "caller", sent, call.network)
        if call.callee_media != "none":
            sent = list(sent_packets(rng, call, callee_sound(seed, call), changes=False))
            packets += _on_the_wire(rng, call, "callee", sent, Network())
    packets.sort(key=lambda packet: packet.captured_us)
    return packets


def simulated_packets(plan: Plan, progress: Progress | None = None) -> Iterator[Packet]:
    """All packets of a plan, in order of capture time.

    Each call is made whole, once, when its first packet is due, and let go with its last one: no more than the calls
    that overlap are in memory. The same plan gives the same packets.

    Parameters
    ----------
    plan : Plan
    progress : callable, optional
        Called with the number of calls begun, at each one.

    Raises
    ------
    models.sounds.synthesiser.SynthesiserError
        When somebody is to speak and the synthesiser (extra ``simulate``) isn't installed.
    """
    # (time, call, which of its packets, all of them): the first three differ, so packets are never compared
    due: list[tuple[int, int, int, list[Packet]]] = []
    for begun, call in enumerate(plan.calls, start=1):
        while due and due[0][0] < call.start_us:
            yield _next(due)
        packets = call_packets(plan.seed, call)
        heapq.heappush(due, (packets[0].captured_us, call.index, 0, packets))
        if progress is not None:
            progress(begun)
    while due:
        yield _next(due)


def _next(due: list[tuple[int, int, int, list[Packet]]]) -> Packet:
    """Take the earliest packet and put its call's next one in its place."""
    _, index, place, packets = due[0]
    if place + 1 < len(packets):
        heapq.heapreplace(due, (packets[place + 1].captured_us, index, place + 1, packets))
    else:
        heapq.heappop(due)
    return packets[place]


def _on_the_wire(
    rng: np.random.Generator, call: PlannedCall, side: Side, sent: list[Sent], network: Network
) -> Iterator[Packet]:
    """Address the packets of one side and let them travel."""
    source, destination = (f"{host}:{port}" for host, port in _path(call, side))
    begin_us = call.start_us + call.media_us
    for after_us, data in arrivals(rng, sent, network, call.packet_ms):
        yield Packet(captured_us=begin_us + after_us, source=source, destination=destination, payload=data)


def _path(call: PlannedCall, side: Side) -> tuple[tuple[str, int], tuple[str, int]]:
    here, there = media_address(call, "caller"), media_address(call, "callee")
    return (here, there) if side == "caller" else (there, here)
