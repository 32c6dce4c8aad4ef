"""Rules that make list entries from what was heard, read from a small versioned file."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from schemas.records import ListEntry, NumberHash
from streams.replay.campaigns import Hearing

MOST_CALLS: Final = 100  # of evidence in an entry
_LARGEST_FILE: Final = 1 << 16
_MS_PER_DAY: Final = 86_400_000


class RulesError(Exception):
    """The rules cannot be used; the message says where and why."""


class RepeatedRecording(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A caller who plays one recording again and again."""

    version: Annotated[int, msgspec.Meta(ge=1)]
    enabled: bool = True
    calls: Annotated[int, msgspec.Meta(ge=2, le=MOST_CALLS)]
    chunks: Annotated[int, msgspec.Meta(ge=1, le=10_000)]
    expires_days: Annotated[int, msgspec.Meta(ge=1, le=3650)]

    def entry(
        self, caller: NumberHash, key_id: str | None, hearings: Sequence[Hearing], *, score: float, confidence: float
    ) -> ListEntry | None:
        """The entry that a caller's hearings of one campaign make.

        Parameters
        ----------
        caller, key_id
            The caller's hash and its key.
        hearings
            Where the recording was heard from this caller, in order of time.
        score, confidence
            Of the latest match.

        Returns
        -------
        ListEntry or None
            None as long as the hearings are too few. `created_ms` is the capture time of the chunk that completed
            them, so the entry is a function of what was heard, not of when it was made.
        """
        if not self.enabled:
            return None
        calls: dict[str, None] = {}
        for heard, hearing in enumerate(hearings, start=1):
            calls[hearing.call_id] = None
            if len(calls) >= self.calls and heard >= self.chunks:
                break
        else:
            return None
        everything = list(dict.fromkeys(hearing.call_id for hearing in hearings))
        return ListEntry(
            kind="black",
            scope="caller",
            value=caller.number,
            key_id=key_id,
            campaign=hearing.campaign,
            calls=everything[:MOST_CALLS],
            score=score,
            confidence=confidence,
            created_ms=hearing.heard_ms,
            expires_ms=hearings[-1].heard_ms + self.expires_days * _MS_PER_DAY,
            actor=f"rule:repeated-recording@{self.version}",
            reason=f"one recording heard in {len(everything)} calls of this caller",
        )


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rules."""

    version: Literal[1]
    repeated_recording: RepeatedRecording

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
