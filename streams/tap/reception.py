"""How well RTP came, over all streams: loss and jitter (RFC 3550 appendices A.3 and A.8), and how long calls were."""

import msgspec

from streams.tap.stream import Stream


class Reception(msgspec.Struct):
    """Sums over streams.

    Attributes
    ----------
    streams
        Streams that had frames.
    expected, lost
        Packets by sequence number, and those of them that did not come; repeats make up for losses, as in RFC 3550.
    jitter_sum_us, jitter_max_us
        Interarrival jitter at the stream's end, or now.
    call_us
        How long calls have been heard, the callers' streams and those of unknown direction.
    """

    streams: int = 0
    expected: int = 0
    lost: int = 0
    jitter_sum_us: float = 0.0
    jitter_max_us: float = 0.0
    call_us: int = 0

    def add(self, stream: Stream, now_us: int) -> None:
        """Add a stream as it stands now."""
        if stream.direction != "callee":
            self.call_us += max(now_us - stream.first_us, 0)
        if stream.received:
            self.streams += 1
            self.expected += stream.expected
            self.lost += max(stream.expected - stream.received, 0)
            self.jitter_sum_us += stream.jitter_us
            self.jitter_max_us = max(self.jitter_max_us, stream.jitter_us)

    @property
    def loss_share(self) -> float:
        """Lost of all expected packets, 0 to 1."""
        return self.lost / self.expected if self.expected else 0.0

    @property
    def jitter_ms(self) -> float:
        """Mean over the streams, milliseconds."""
        return self.jitter_sum_us / self.streams / 1000 if self.streams else 0.0
