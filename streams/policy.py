"""The policy: what to do about what is heard. A small versioned file; precision first, and it fails open."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec
import yaml

from models.classifier import LABELS
from schemas.records import Action, Cause, ListEntry, ListScope, Phase
from streams.lists import by_rule

SEVERITY: Final[tuple[Action, ...]] = get_args(Action)


class PolicyError(ValueError):
    """A policy file that can't be used; the message says where and why."""


class PolicyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the policy; what is None is not asked for."""

    action: Action
    cause: Cause | None = None
    label: str | None = None
    probability: float = 0.0
    chunks: int = 1
    scope: ListScope | None = None
    by: Literal["rule", "person"] | None = None

    def fits(self, cause: Cause, label: str, probability: float, chunks: int, entry: ListEntry | None) -> bool:
        """Whether the rule speaks of such a verdict."""
        return (
            self.cause in (None, cause)
            and self.label in (None, label)
            and probability >= self.probability
            and chunks >= self.chunks
            and self.scope in (None, entry and entry.scope)
            and self.by in (None, entry and ("rule" if by_rule(entry) else "person"))
        )


class _PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    rules: list[PolicyRule]
    dry_run: bool = False
    kill_switch: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as read from its file."""

    version: str
    rules: tuple[PolicyRule, ...]
    dry_run: bool
    kill_switch: bool

    @classmethod
    def load(cls, path: Path | None = None) -> "Policy":
        """Read a policy file; the shipped one by default.

        Raises
        ------
        PolicyError
            If it can't be read, is not YAML, or says something that no policy has.
        """
        name = str(path) if path else "the shipped policy"
        try:
            text = path.read_text() if path else files("streams").joinpath("policy.yaml").read_text()
            found = msgspec.convert(yaml.safe_load(text), _PolicyFile)
        except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
            raise PolicyError(f"{name}: {error}") from error
        for rule in found.rules:
            if rule.label is not None and rule.label not in LABELS:
                raise PolicyError(f"{name}: no label {rule.label!r}; there are {', '.join(LABELS)}")
        return cls(found.version, tuple(found.rules), found.dry_run, found.kill_switch)

    def decide(
        self,
        *,
        cause: Cause,
        label: str,
        probability: float,
        chunks: int,
        phase: Phase,
        entry: ListEntry | None = None,
    ) -> Action:
        """Action for a verdict.

        Parameters
        ----------
        cause, label, probability
            Of the verdict; the probability of one of cause black or white is the entry's confidence.
        chunks
            How many chunks in a row had this label, the newest included.
        phase
            In early media nothing is blocked.
        entry
            The list entry that a verdict of cause black or white rests on.
        """
        if self.kill_switch:
            return "allow"
        for rule in self.rules:
            if rule.fits(cause, label, probability, chunks, entry):
                return "tag" if rule.action == "block" and phase == "early_media" else rule.action
        return "allow"
