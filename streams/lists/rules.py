"""The rules that make list entries from what was heard, read from a small versioned file."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from schemas.records import ListScope
from streams.lists.origins import CallerRange, Trunk
from streams.lists.recordings import RepeatedRecording, SharedRecording

_LARGEST_FILE: Final = 1 << 16

_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class RulesError(Exception):
    """The rules cannot be used; the message says where and why."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many new entries rules may make within an hour, all agents together; 0: none.

    The hour is one of the capture clock, reckoned from list.entries itself: all agents count alike, after restarts too.
    """

    callers_per_hour: _Count
    campaigns_per_hour: _Count
    ranges_per_hour: _Count = 5
    trunks_per_hour: _Count = 1

    def of(self, scope: ListScope) -> int:
        """The limit of a scope."""
        return {
            "caller": self.callers_per_hour,
            "campaign": self.campaigns_per_hour,
            "prefix": self.ranges_per_hour,
            "trunk": self.trunks_per_hour,
        }[scope]


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rules; one that the file leaves out is off, and so are limits.

    Attributes
    ----------
    version
        Of the file's form: 1 is that of before limits, dry runs and origins, and is read as it was.
    dry_run
        New entries of all rules are proposals.
    """

    version: Literal[1, 2]
    dry_run: bool = False
    limits: Limits | None = None
    repeated_recording: RepeatedRecording
    shared_recording: SharedRecording | None = None
    caller_range: CallerRange | None = None
    trunk: Trunk | None = None

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
