"""Frames to two-second chunks: windowing as a function of RTP timestamps and the tap's clock."""

from streams.window.core import WindowCore, WindowCounters

__all__ = ["WindowCore", "WindowCounters"]
