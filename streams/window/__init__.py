"""Frames to two-second chunks: windowing as a function of RTP timestamps and the tap's clock."""

from streams.window.core import WindowCore, WindowCounters
from streams.window.intake import BrokenBatchError

__all__ = ["BrokenBatchError", "WindowCore", "WindowCounters"]
