"""What all rules have in common."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from schemas.records import ListEntry
from streams.lists.view import by_rule

MOST_CALLS: Final = 100  # of evidence in an entry: the first in which it was heard
RENEWED_AFTER_MS: Final = 3_600_000  # an entry whose evidence is full is renewed no sooner after it was heard last
MS_PER_DAY: Final = 86_400_000

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Version = Annotated[int, msgspec.Meta(ge=1)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long an entry lasts after it was heard last, and whether it acts.

    Attributes
    ----------
    version
        Of the rule: part of the actor of its entries.
    enabled
        Its kill switch: a rule that is off makes nothing, and renews nothing.
    dry_run
        Its new entries are proposals: seen by people, acting on nobody.
    expires_days
        An entry lasts so long after it was heard last.
    """

    version: Version
    enabled: bool = True
    dry_run: bool = False
    expires_days: Days

    def renews(self, known: ListEntry, call_id: str, heard_ms: int) -> bool:
        """Whether an entry that stands is to be made again for what was heard now.

        For each further call; where its evidence is full, when an hour has passed. A person's entry stays as it is.
        """
        if not by_rule(known) or known.expires_ms is None or call_id in known.calls:
            return False
        return len(known.calls) < MOST_CALLS or self.is_stale(known, heard_ms)

    def is_stale(self, known: ListEntry, heard_ms: int) -> bool:
        """Whether an entry knows of nothing that was heard in the last hour."""
        heard_last_ms = (known.expires_ms or heard_ms) - self.expires_days * MS_PER_DAY
        return heard_ms - heard_last_ms >= RENEWED_AFTER_MS

    def expiry(self, *heard_ms: int) -> int:
        """When an entry ends that was heard then."""
        return max(heard_ms) + self.expires_days * MS_PER_DAY


def first_calls(calls: Sequence[str]) -> list[str]:
    """Evidence as an entry keeps it: each call once, the first ones."""
    return list(dict.fromkeys(calls))[:MOST_CALLS]
