"""What the rules know of what was heard again: matches, and where a campaign's recording was heard.

Shapes, not classes: whoever searches and whoever keeps campaigns hand over their own, and the rules import neither.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

MOST_HEARINGS: Final = 10_000  # of a campaign that rules look at, the earliest


class Match(Protocol):
    """A chunk that was heard before."""

    @property
    def campaign(self) -> str:
        """Id of the campaign whose recording it plays."""

    @property
    def score(self) -> float:
        """How well it agrees, 0 to 1."""

    @property
    def false_match_probability(self) -> float:
        """How likely audio that has nothing to do with it agrees as well."""


class Hearing(Protocol):
    """A campaign's recording heard in one chunk of a call."""

    @property
    def campaign(self) -> str:
        """Id of the campaign."""

    @property
    def caller(self) -> str:
        """Hash of the caller's number, or ""."""

    @property
    def call_id(self) -> str:
        """The call."""

    @property
    def chunk(self) -> int:
        """Which two seconds of it."""

    @property
    def heard_ms(self) -> int:
        """When, capture clock."""


class Hearings(Protocol):
    """What is known of campaigns; all methods raise the store's errors."""

    def hearings_of(self, campaign: str, *callers: str) -> Sequence[Hearing]:
        """Where a caller, known by one or more hashes, played the campaign's recording, at most `MOST_HEARINGS`."""

    def hearings(self, campaign: str) -> Sequence[Hearing]:
        """Where anybody played the campaign's recording: as `hearings_of`."""

    def count_callers(self, campaign: str) -> int:
        """From how many numbers, under whichever key, the campaign's recording was heard."""

    def aliases_of(self, callers: Iterable[str]) -> Mapping[str, str]:
        """Of some hashes of callers those under an old key, and what stands for the same caller now."""

    def aliases(self, campaign: str) -> Collection[str]:
        """The other ids of a campaign that was merged with others."""
