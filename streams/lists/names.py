"""What list entries name, and how it rests: hashed under the present key and the one before."""

import re
from dataclasses import dataclass, field
from typing import Final

from schemas.records import Facts, ListScope, NumberHash
from streams.numbers import DIGEST_HEX, SHORTEST_PREFIX, NumberHasher, normalise
from streams.settings import Settings, SettingsError

_HASH = re.compile(rf"(?=[0-9a-f]*[a-f])[0-9a-f]{{{DIGEST_HEX}}}")  # with a letter: no number looks so
_LONGEST: Final = 1024  # characters


@dataclass(frozen=True, slots=True)
class Name:
    """A value of entries as it rests.

    Attributes
    ----------
    value
        A hash, or a campaign's id.
    key_id
        Of the key it was hashed with; None where there is no need of one.
    prefixes
        Hashes of what a number or a prefix begins with, shortest first.
    """

    value: str
    key_id: str | None
    prefixes: tuple[str, ...] = field(default=(), compare=False)


def names_of(value: str, scope: ListScope, settings: Settings) -> list[Name]:
    """How a value of an entry rests: under the present key first, then under the one before if there is one.

    A campaign's id rests as it is, and so does a hash, 32 hexadecimal digits as ``lists list`` shows them; whose key
    that is can't be told.

    Raises
    ------
    SettingsError
        If there is no key, or nothing could ever have such a value. It does not repeat the value, which may be a
        number.
    """
    text = value.strip()
    if not text:
        raise SettingsError(f"a {scope} can't be empty")
    if len(text) > _LONGEST:
        raise SettingsError(f"a {scope} of {len(text)} characters is none")
    if scope == "campaign" and len(normalise(text)) >= SHORTEST_PREFIX and len(text) != DIGEST_HEX:
        raise SettingsError("that is a telephone number, which no campaign is: numbers rest as hashes alone")
    if scope == "campaign" or _HASH.fullmatch(text):
        return [Name(text, None)]
    hasher: NumberHasher | None = NumberHasher.of(settings)
    if scope == "caller" and not normalise(text):
        raise SettingsError("that is no telephone number: give it in E.164, as +49301234567")
    if scope == "prefix" and len(normalise(text)) < SHORTEST_PREFIX:
        raise SettingsError(f"a prefix has {SHORTEST_PREFIX} digits or more")
    found: list[Name] = []
    while hasher is not None:
        rests = NumberHash(number=hasher.digest(text)) if scope == "trunk" else hasher.hash(text)
        found.append(Name(rests.number, hasher.key_id, tuple(rests.prefixes)))
        hasher = hasher.old
    return found


def every_name_of(value: str, settings: Settings) -> dict[str, ListScope | None]:
    """Every value of an entry that could speak of something: scope by value, None where it could be of any.

    Of a number these are the caller itself and its prefixes, under both keys, and never the number as it is: values are
    asked of a store, which may log questions. Of anything else the campaign, the hash, and the trunk of that name where
    there is a key.

    Raises
    ------
    SettingsError
        If it is a number and there is no key.
    """
    text = value.strip()
    found: dict[str, ListScope | None] = {} if normalise(text) else {text: None}
    if _HASH.fullmatch(text) or (not normalise(text) and not settings.hmac_key.get_secret_value()):
        return found
    hasher: NumberHasher | None = NumberHasher.of(settings)
    while hasher is not None:
        found[hasher.digest(text)] = "trunk"
        hashed = hasher.hash(text)
        found[hashed.number] = "caller"
        found |= dict.fromkeys(hashed.prefixes, "prefix")
        hasher = hasher.old
    return found


def facts_of(number: str, trunk: str | None, settings: Settings) -> Facts:
    """Facts of a call by a number, as a tap with these settings would tell them.

    The number may be given as a hash, as in `names_of`: its prefixes are not known then.

    Raises
    ------
    SettingsError
        If there is no key.
    """
    ends = NumberHasher.of(settings).ends(number, None, trunk or "")
    return Facts(
        direction="caller",
        opened_ms=0,
        tap_id="",
        key_id=ends.key_id,
        caller=NumberHash(number=number.strip()) if _HASH.fullmatch(number.strip()) else ends.caller,
        trunk=ends.trunk if trunk else None,
        old_key_id=ends.old_key_id,
        old_caller=ends.old_caller,
        old_trunk=ends.old_trunk if trunk else None,
    )
