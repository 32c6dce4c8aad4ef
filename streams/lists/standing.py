"""What stands already of something that a rule would list, and what may come of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from schemas.records import ListEntry, ListState
from streams.lists.actors import principal
from streams.lists.view import by_rule, over


@dataclass(frozen=True, slots=True)
class Standing:
    """Entries of one thing under all its names, expired ones left out.

    Attributes
    ----------
    off
        Somebody has turned it off: no rule makes it again, under whichever key it was made.
    entries
        Those that act or are proposed.
    """

    off: bool
    entries: Sequence[ListEntry]

    @classmethod
    def of(cls, known: Sequence[ListEntry | None], now_ms: int) -> "Standing":
        """What stands of all that is known."""
        left = [entry for entry in known if entry is not None and not over(entry, now_ms)]
        return cls(any(e.state == "disabled" for e in left), [e for e in left if e.state != "disabled"])

    @property
    def in_force(self) -> bool:
        """Whether an entry acts."""
        return any(entry.state == "active" for entry in self.entries)

    def is_new(self, state: ListState) -> bool:
        """Whether an entry of that state would change what happens to calls, or what is proposed."""
        return not self.in_force and (state == "active" or not self.entries)

    def made_anew(self, entry: ListEntry, state: ListState, heard_ms: int) -> ListEntry:
        """What a rule makes, in the place of what stands.

        What acts goes on acting, whatever the rule would make today; who accepted it goes on being told, and so does
        when it was listed.
        """
        if self.is_new(state):
            return replace(entry, state=state, listed_ms=heard_ms)
        before = min(self.entries, key=lambda known: (known.state != "active", known.created_ms, known.value))
        actor = before.actor if by_rule(before) and principal(before.actor) == principal(entry.actor) else entry.actor
        listed_ms = before.created_ms if before.listed_ms is None else before.listed_ms
        return replace(entry, state=before.state, actor=actor, listed_ms=listed_ms)
