"""Measurements of callsieve against what one would write without it, in the same run on the same machine."""
