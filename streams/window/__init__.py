"""Frames to two-second chunks: windowing as a function of RTP timestamps and the tap's clock."""

from streams.window.core import WindowCore
from streams.window.intake import BrokenBatchError
from streams.window.outcome import WindowCounters

__all__ = ["BrokenBatchError", "WindowCore", "WindowCounters"]
