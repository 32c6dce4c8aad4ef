"""Rules on where listed callers come from: a range of numbers, or a trunk, most of whose callers play campaigns."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Final, Literal, Protocol

import msgspec

from schemas.records import ListEntry
from streams.lists.rule import MOST_CALLS, Rule, first_calls

KEPT_PREFIXES: Final = 3  # of a caller's number, in its entry: ranges of 10, 100 and 1,000 numbers

OriginScope = Literal["prefix", "trunk"]


class Neighbours(Protocol):
    """Who calls from where; raises the store's errors."""

    def callers(self, scope: OriginScope, value: str, since_ms: int) -> int:
        """How many distinct callers were heard from a range or a trunk since a moment, capture clock."""

    def prefixes_of(self, callers: Collection[str], since_ms: int) -> Mapping[str, Collection[str]]:
        """Hashes of the prefixes of some callers' numbers, as far as they were heard since a moment."""


class OriginRule(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many callers of one origin must be listed, and what share of all that call from there they are.

    Attributes
    ----------
    callers
        Distinct callers of it that stand on the blacklist at once, listed by a rule.
    share
        Of all distinct callers heard from it in the last `days`, 0 to 1.
    days
        How far to look back for those.
    """

    callers: Annotated[int, msgspec.Meta(ge=3, le=100_000)]
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7

    def _entry(
        self,
        scope: OriginScope,
        value: str,
        listed: Sequence[ListEntry],
        heard: int,
        *,
        heard_ms: int,
        actor: str,
    ) -> ListEntry | None:
        """The entry that listed callers of one origin make; None while they are too few of all that were heard."""
        if not self.enabled or len(listed) < self.callers or len(listed) < self.share * heard:
            return None
        by_time = sorted(listed, key=lambda entry: (entry.created_ms, entry.value))
        newest = by_time[-1]
        return ListEntry(
            kind="black",
            scope=scope,
            value=value,
            key_id=newest.key_id,
            campaign=newest.campaign,
            calls=first_calls([entry.calls[0] for entry in by_time if entry.calls][:MOST_CALLS]),
            score=min(entry.score for entry in by_time),
            confidence=min(entry.confidence for entry in by_time),
            created_ms=by_time[self.callers - 1].created_ms,
            expires_ms=self.expiry(heard_ms),
            actor=f"{actor}@{self.version}",
            reason=f"{len(listed)} of {max(heard, len(listed))} callers heard from it in {self.days} days are listed",
        )


class CallerRange(OriginRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A range of numbers that a robocaller has rented, or makes up.

    Attributes
    ----------
    open_digits
        How many last digits the numbers of a range differ in: 2 is a range of 100 numbers.
    """

    open_digits: Annotated[int, msgspec.Meta(ge=1, le=KEPT_PREFIXES)] = 2

    def entry(self, prefix: str, listed: Sequence[ListEntry], heard: int, *, heard_ms: int) -> ListEntry | None:
        """The entry of a range.

        Parameters
        ----------
        prefix
            Hash of what its numbers begin with.
        listed
            Entries of its callers that a rule has made and that act.
        heard
            How many distinct callers were heard from it lately.
        heard_ms
            Capture time of the chunk that was heard now.
        """
        return self._entry("prefix", prefix, listed, heard, heard_ms=heard_ms, actor="rule:caller-range")

    def range_of(self, prefixes: Sequence[str]) -> str | None:
        """Hash of the prefix of a number's range, from those of all its prefixes, shortest first."""
        return prefixes[-self.open_digits] if len(prefixes) >= self.open_digits else None


class Trunk(OriginRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A trunk through which next to nobody else calls."""

    def entry(self, trunk: str, listed: Sequence[ListEntry], heard: int, *, heard_ms: int) -> ListEntry | None:
        """The entry of a trunk; as `CallerRange.entry`."""
        return self._entry("trunk", trunk, listed, heard, heard_ms=heard_ms, actor="rule:trunk")
