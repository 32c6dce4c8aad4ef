"""Who makes and changes entries: rules, people, and people who had a word in what a rule made."""

from typing import Final

_SEPARATOR: Final = ", "


def principal(actor: str) -> str:
    """The rule or person that an entry is from, without those who accepted, imported or brought it back."""
    return actor.partition(_SEPARATOR)[0]


def confirmed(actor: str, deed: str, person: str) -> str:
    """The actor of an entry that stays what it is, by word of a person: ``rule:x@1, accepted by person:anna``."""
    return f"{principal(actor)}{_SEPARATOR}{deed} by {person}"


def rule_of(actor: str) -> str | None:
    """Name of the rule that an entry is from; None for a person's."""
    who = principal(actor)
    return who.removeprefix("rule:").partition("@")[0] if who.startswith("rule:") else None
