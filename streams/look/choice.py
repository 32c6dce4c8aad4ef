"""Which verdicts to show, each once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Verdict

REMEMBERED: Final = 100_000  # ids: minutes of repeats at thousands of verdicts a second, in about 15 MB


@dataclass(frozen=True, slots=True)
class VerdictFilter:
    """What somebody wants to see; an empty choice lets everything pass.

    Attributes
    ----------
    labels, actions, causes, scopes
        Any of these.
    call
        Begin of a call-id, or a whole SIP Call-ID.
    min_probability
        0 to 1.
    """

    labels: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    causes: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    call: str = ""
    min_probability: float = 0.0

    def passes(self, verdict: Verdict) -> bool:
        """Whether a verdict is wanted."""
        return (
            (not self.labels or verdict.label in self.labels)
            and (not self.actions or verdict.action in self.actions)
            and (not self.causes or verdict.cause in self.causes)
            and (not self.scopes or verdict.scope in self.scopes)
            and (not self.call or verdict.call_id.startswith(self.call) or verdict.sip_call_id == self.call)
            and verdict.probability >= self.min_probability
        )


class RecentIds:
    """The ids met last, so many and no more."""

    def __init__(self, capacity: int = REMEMBERED) -> None:
        if capacity < 1:
            raise ValueError(f"at least one id is remembered, not {capacity}")
        self._capacity = capacity
        self._ids: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def is_new(self, identity: str) -> bool:
        """Whether an id was not met lately; it has been, from now on."""
        if identity in self._ids:
            return False
        if len(self._ids) >= self._capacity:
            del self._ids[next(iter(self._ids))]
        self._ids[identity] = None
        return True


@dataclass(slots=True)
class VerdictChoice:
    """Records of ``call.verdicts`` in, wanted verdicts out, and a count of everything.

    Attributes
    ----------
    wanted
        What to let through.
    codec
        Reads the records.
    limit
        How many at most; None for no end.
    shown, repeats, broken
        Verdicts let through, verdicts met before, and records that are no verdict.
    why_broken
        What was wrong with the last of those.
    """

    wanted: VerdictFilter
    codec: Codec = field(default_factory=Codec)
    limit: int | None = None
    recent: RecentIds = field(default_factory=RecentIds)
    shown: int = 0
    repeats: int = 0
    broken: int = 0
    why_broken: str = ""

    @property
    def full(self) -> bool:
        """Whether nothing more is let through."""
        return self.limit is not None and self.shown >= self.limit

    def feed(self, values: Iterable[bytes | None]) -> Iterator[Verdict]:
        """Take in the values of records: verdicts among them that are wanted and new."""
        for value in values:
            if self.full:
                return
            try:
                verdict = self.codec.decode(value, Verdict)
            except BrokenRecordError as error:
                self.broken += 1
                self.why_broken = str(error)
                continue
            if not self.wanted.passes(verdict):
                continue
            if self.recent.is_new(verdict.id):
                self.shown += 1
                yield verdict
            else:
                self.repeats += 1
