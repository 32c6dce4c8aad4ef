"""What a file did not give, in sentences."""

from collections.abc import Iterator

from streams.capture import Capture
from streams.scan.report import counted
from streams.tap import Tap


def shortfalls(packets: object, tap: Tap) -> Iterator[str]:
    """Tell why no call was found, and whether a capture breaks off.

    Parameters
    ----------
    packets
        The capture that was read; anything else for an audio file.
    tap
        The tap that took its packets.
    """
    capture = packets if isinstance(packets, Capture) else None
    if not tap.counters.calls:
        yield (
            "no call: shorter than 40 ms, the least that makes a stream" if capture is None else _no_call(capture, tap)
        )
    if capture is not None and capture.counters.truncated:
        yield "the capture breaks off in the middle; what was there is judged"


def _no_call(capture: Capture, tap: Tap) -> str:
    if not capture.counters.udp:
        return f"no call: {counted(capture.counters.frames, 'frame')}, no UDP packet among them"
    counters = tap.counters
    found = {
        "are no RTP": counters.not_rtp + counters.bad_rtp,
        "are SIP that begins no call": counters.sip + counters.bad_sip,
        "look like RTP, but too few belong together": counters.rtp - counters.frames,
    }
    told = ", ".join(f"{count} {what}" for what, count in found.items() if count > 0)
    return f"no call: of {counted(counters.packets, 'UDP packet')} {told or 'none could be used'}"
