"""What a call is, from what its last chunks were."""

from models.call_state.filter import call_label
from models.call_state.labels import CallLabel, ChunkLabel

__all__ = ["CallLabel", "ChunkLabel", "call_label"]
