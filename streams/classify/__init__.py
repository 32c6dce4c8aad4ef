"""Parts to verdicts: join, judge, remember, decide."""

from streams.classify.core import ClassifyCore
from streams.classify.join import Pair

__all__ = ["ClassifyCore", "Pair"]
