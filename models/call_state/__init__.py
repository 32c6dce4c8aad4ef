"""What a call is, from what its last chunks were."""

from models.call_state.labels import CallLabel, ChunkLabel
from models.call_state.rule import call_label

__all__ = ["CallLabel", "ChunkLabel", "call_label"]
