"""The tones agent's core: tones heard in a chunk and events told by RFC 4733, one list without doubles."""

from streams.tones.part import MASK, tones_part

__all__ = ["MASK", "tones_part"]
