"""Rules on what one caller, or many, play again and again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec

from schemas.records import ListEntry, NumberHash
from streams.lists.heard import MOST_HEARINGS, Hearing
from streams.lists.rule import MOST_CALLS, Rule, first_calls


class RecordingRule(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How much must be heard.

    Attributes
    ----------
    calls
        Distinct calls in which the recording was heard.
    chunks
        Chunks of two seconds of these calls, all together, that agreed.
    """

    calls: Annotated[int, msgspec.Meta(ge=2, le=MOST_CALLS)]
    chunks: Annotated[int, msgspec.Meta(ge=1, le=MOST_HEARINGS)]


class RepeatedRecording(RecordingRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A caller who plays one recording again and again."""

    def entry(
        self,
        caller: NumberHash,
        key_id: str | None,
        hearings: Iterable[Hearing],
        *,
        heard_ms: int = 0,
        score: float,
        confidence: float,
    ) -> ListEntry | None:
        """The entry that a caller's hearings of one campaign make.

        Parameters
        ----------
        caller, key_id
            The caller's hash and its key.
        hearings
            Where the recording was heard from this caller, under whichever key, in any order and repeated or not.
        heard_ms
            Capture time of the chunk that was heard now; it counts where more was heard than ``hearings`` hold.
        score, confidence
            Of the latest match.

        Returns
        -------
        ListEntry or None
            None as long as the hearings are too few. `created_ms` is the capture time of the chunk that completed
            them, so the entry is a function of what was heard, not of when it was made.
        """
        heard = _in_order(hearings)
        done = _completed(heard, {}, callers=0, calls=self.calls, chunks=self.chunks)
        if done is None or not self.enabled:
            return None
        everything = _calls_of(heard)
        return ListEntry(
            kind="black",
            scope="caller",
            value=caller.number,
            key_id=key_id,
            campaign=done.campaign,
            calls=first_calls(everything),
            score=score,
            confidence=confidence,
            created_ms=done.heard_ms,
            expires_ms=self.expiry(heard_ms, heard[-1].heard_ms),
            actor=f"rule:repeated-recording@{self.version}",
            reason=f"one recording heard in {len(everything)} calls of this caller",
        )


class SharedRecording(RecordingRule, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One recording that many callers play."""

    callers: Annotated[int, msgspec.Meta(ge=2, le=MOST_CALLS)]

    def entry(
        self,
        campaign: str,
        hearings: Iterable[Hearing],
        *,
        heard_ms: int = 0,
        score: float,
        confidence: float,
        aliases: Mapping[str, str] | None = None,
    ) -> ListEntry | None:
        """The entry that all hearings of a campaign make; as in `RepeatedRecording.entry`.

        Parameters
        ----------
        campaign
            Its id, the entry's value.
        hearings
            Where the recording was heard, from whomever; who withholds the number counts as no caller.
        heard_ms, score, confidence
            As there.
        aliases
            Hashes under an old key, and what stands for the same caller under the present one.
        """
        heard, same = _in_order(hearings), aliases or {}
        done = _completed(heard, same, callers=self.callers, calls=self.calls, chunks=self.chunks)
        if done is None or not self.enabled:
            return None
        everything = _calls_of(heard)
        callers = len({same.get(hearing.caller, hearing.caller) for hearing in heard if hearing.caller})
        return ListEntry(
            kind="black",
            scope="campaign",
            value=campaign,
            campaign=campaign,
            calls=first_calls(everything),
            score=score,
            confidence=confidence,
            created_ms=done.heard_ms,
            expires_ms=self.expiry(heard_ms, heard[-1].heard_ms),
            actor=f"rule:shared-recording@{self.version}",
            reason=f"one recording heard from {callers} callers in {len(everything)} calls",
        )


def _in_order(hearings: Iterable[Hearing]) -> list[Hearing]:
    """Each (call, chunk) once, at the earliest time it is told for, in order of time."""
    once: dict[tuple[str, int], Hearing] = {}
    for hearing in sorted(hearings, key=lambda one: (one.heard_ms, one.call_id, one.chunk, one.caller)):
        once.setdefault((hearing.call_id, hearing.chunk), hearing)
    return list(once.values())


def _completed(
    hearings: Sequence[Hearing], aliases: Mapping[str, str], *, callers: int, calls: int, chunks: int
) -> Hearing | None:
    """The hearing with which there were enough; None while there are not."""
    seen_calls: set[str] = set()
    seen_callers: set[str] = set()
    for count, hearing in enumerate(hearings, start=1):
        seen_calls.add(hearing.call_id)
        if hearing.caller:
            seen_callers.add(aliases.get(hearing.caller, hearing.caller))
        if len(seen_calls) >= calls and count >= chunks and len(seen_callers) >= callers:
            return hearing
    return None


def _calls_of(hearings: Sequence[Hearing]) -> list[str]:
    return list(dict.fromkeys(hearing.call_id for hearing in hearings))
