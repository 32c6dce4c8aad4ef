"""Replayed audio: the index of all that was heard lately, the vote over it, and campaigns."""

from streams.replay.index import Print, ReplayIndex, ReplayMatch

__all__ = ["Print", "ReplayIndex", "ReplayMatch"]
