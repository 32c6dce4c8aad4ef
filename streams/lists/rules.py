"""Rules that make list entries from what was heard, read from a small versioned file."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from schemas.records import ListEntry, NumberHash
from streams.lists.heard import MOST_HEARINGS, Hearing
from streams.lists.view import by_rule

MOST_CALLS: Final = 100  # of evidence in an entry: the first in which it was heard
RENEWED_AFTER_MS: Final = 3_600_000  # an entry whose evidence is full is renewed no sooner after it was heard last
_LARGEST_FILE: Final = 1 << 16
_MS_PER_DAY: Final = 86_400_000

_Calls = Annotated[int, msgspec.Meta(ge=2, le=MOST_CALLS)]
_Chunks = Annotated[int, msgspec.Meta(ge=1, le=MOST_HEARINGS)]
_Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
_Version = Annotated[int, msgspec.Meta(ge=1)]


class RulesError(Exception):
    """The rules cannot be used; the message says where and why."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all rules have: how much must be heard, and how long an entry lasts after it was heard last."""

    version: _Version
    enabled: bool = True
    calls: _Calls
    chunks: _Chunks
    expires_days: _Days

    def renews(self, known: ListEntry, call_id: str, heard_ms: int) -> bool:
        """Whether an entry in force is to be made again for what was heard now.

        For each further call; where its evidence is full, when an hour has passed. A person's entry stays as it is.
        """
        if not by_rule(known) or known.expires_ms is None or call_id in known.calls:
            return False
        heard_last_ms = known.expires_ms - self.expires_days * _MS_PER_DAY
        return len(known.calls) < MOST_CALLS or heard_ms - heard_last_ms >= RENEWED_AFTER_MS

    def _expires_ms(self, hearings: Sequence[Hearing], heard_ms: int) -> int:
        return max(heard_ms, hearings[-1].heard_ms) + self.expires_days * _MS_PER_DAY


class RepeatedRecording(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
            calls=everything[:MOST_CALLS],
            score=score,
            confidence=confidence,
            created_ms=done.heard_ms,
            expires_ms=self._expires_ms(heard, heard_ms),
            actor=f"rule:repeated-recording@{self.version}",
            reason=f"one recording heard in {len(everything)} calls of this caller",
        )


class SharedRecording(Rule, frozen=True, forbid_unknown_fields=True, kw_only=True):
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
            calls=everything[:MOST_CALLS],
            score=score,
            confidence=confidence,
            created_ms=done.heard_ms,
            expires_ms=self._expires_ms(heard, heard_ms),
            actor=f"rule:shared-recording@{self.version}",
            reason=f"one recording heard from {callers} callers in {len(everything)} calls",
        )


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rules; one that the file leaves out is off."""

    version: Literal[1]
    repeated_recording: RepeatedRecording
    shared_recording: SharedRecording | None = None

    @classmethod
    def load(cls, path: Path | None = None) -> "Rules":
        """Read rules.

        Parameters
        ----------
        path
            A YAML file; None for the rules that come with callsieve (`streams/lists/rules.yaml`).

        Raises
        ------
        RulesError
            If the file cannot be read, is no YAML, or says something that rules don't know.
        """
        name = str(path or "rules.yaml")
        try:
            text = path.read_bytes() if path else files("streams").joinpath("lists", "rules.yaml").read_bytes()
            if len(text) > _LARGEST_FILE:
                raise RulesError(f"{name}: {len(text)} bytes are too many for rules")
            return msgspec.yaml.decode(text, type=cls)
        except OSError as error:
            raise RulesError(f"{name}: {error.strerror or error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
            raise RulesError(f"{name}: {error}") from error


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
