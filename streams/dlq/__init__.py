"""Dead letters: what they say, and how they go back to where they came from."""

from streams.dlq.letters import DeadLettersError, Letter, Marks
from streams.dlq.reader import LetterBox

__all__ = ["DeadLettersError", "Letter", "LetterBox", "Marks"]
