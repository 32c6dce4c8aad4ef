"""What lies in a dead-letter topic, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.dlq.letters import Letter, Marks

MOST_KINDS = 1_000  # of reasons counted apart


@dataclass(slots=True)
class Overview:
    """Letters of one topic.

    Attributes
    ----------
    topic
        Where they came from.
    letters, retried
        How many there are, and how many of them were sent back.
    oldest_ms, newest_ms
        When they were buried, ms since 1970; 0 where there are none.
    kinds
        Letters by reason, numbers left out; beyond 1,000 reasons as ``other``.
    """

    topic: str
    letters: int = 0
    retried: int = 0
    oldest_ms: int = 0
    newest_ms: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, letter: Letter, kind: str, marks: Marks) -> None:
        """Count a letter."""
        self.letters += 1
        self.retried += letter.place in marks.done
        self.oldest_ms = min(self.oldest_ms or letter.written_ms, letter.written_ms)
        self.newest_ms = max(self.newest_ms, letter.written_ms)
        self.kinds[kind if kind in self.kinds or len(self.kinds) < MOST_KINDS else "other"] += 1


def overview(topic: str, letters: Iterable[Letter], marks: Marks) -> Overview:
    """Count letters."""
    found = Overview(topic)
    for letter in letters:
        found.add(letter, letter.kind, marks)
    return found
