"""The live tap: calls on an interface, or RTP sent to a port, into Kafka as they happen."""

from streams.live.errors import LiveError
from streams.live.figures import Figures
from streams.live.run import LiveTap

__all__ = ["Figures", "LiveError", "LiveTap"]
