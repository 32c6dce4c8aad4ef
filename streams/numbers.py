"""Telephone numbers: one spelling for each, and keyed hashes in their place."""

import hmac
import re
from typing import Final

import msgspec

from schemas.records import NumberHash
from streams.settings import Settings

SHORTEST_PREFIX: Final = 5  # digits; fewer would be whole countries
MAX_NUMBER_CHARS: Final = 256
MAX_DIGITS: Final = 32  # E.164 allows 15; international prefixes and private plans add to that
DIGEST_HEX: Final = 32  # 128 bits

_SCHEME = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s\-./()]+")  # RFC 3966 visual separators, and what people add
_NUMBER = re.compile(r"\+?[0-9]+")


def normalise(number: str) -> str:
    """Digits of a telephone number as a SIP address or a person writes it.

    ``+49 30 1234``, ``0049301234``, ``tel:+49-30-1234;phone-context=x`` and ``sip:+49301234@host`` are all
    ``49301234``. A number without an international prefix keeps its digits as they are: which country it belongs to
    is not to be known here.

    Returns
    -------
    str
        Digits only, at most 32; empty if this is no number (a name, a withheld number).
    """
    text = _SCHEME.sub("", number[:MAX_NUMBER_CHARS].strip())
    text = text.partition("@")[0].partition(";")[0].replace("%2B", "+").replace("%2b", "+")
    text = _SEPARATORS.sub("", text)
    if not _NUMBER.fullmatch(text) or len(text) > MAX_DIGITS:
        return ""
    return text[1:] if text.startswith("+") else text.removeprefix("00")


class HashedEnds(msgspec.Struct, frozen=True, kw_only=True):
    """Who called whom from where, as it rests: the fields of `schemas.records.Facts` that are hashes.

    The ``old_`` ones are the same under the key before, while keys are rotated; the called side is not looked up.
    """

    key_id: str | None = None
    caller: NumberHash | None = None
    callee: NumberHash | None = None
    trunk: str | None = None
    old_key_id: str | None = None
    old_caller: NumberHash | None = None
    old_trunk: str | None = None


class NumberHasher:
    """HMAC-SHA256 under one key; hashes made with different keys never match.

    Parameters
    ----------
    key
        The secret, at least one byte.
    key_id
        Its name, which travels with every hash.
    old
        A hasher under the key before, while keys are rotated.

    Raises
    ------
    ValueError
        If the key is empty.
    """

    def __init__(self, key: bytes, key_id: str, old: "NumberHasher | None" = None) -> None:
        if not key:
            raise ValueError("the key for hashing numbers is empty")
        self._keyed = hmac.new(key, digestmod="sha256")
        self.key_id = key_id
        self.old = old

    @classmethod
    def of(cls, settings: Settings) -> "NumberHasher":
        """The hasher that settings speak of, with the key before if they name one.

        Raises
        ------
        SettingsError
            If there is no key, or the two can't be told apart.
        """
        old_key = settings.old_key
        old = None if old_key is None else cls(old_key, settings.hmac_old_key_id)
        return cls(settings.key, settings.hmac_key_id, old)

    def ends(self, caller: str | None, callee: str | None, trunk: str) -> HashedEnds:
        """Hashes of a call's ends, under the key before too if there is one."""
        old = self.old
        return HashedEnds(
            key_id=self.key_id,
            caller=self.hash(caller) if caller else None,
            callee=self.hash(callee) if callee else None,
            trunk=self.digest(trunk),
            old_key_id=old.key_id if old else None,
            old_caller=old.hash(caller) if old and caller else None,
            old_trunk=old.digest(trunk) if old else None,
        )

    def digest(self, text: str) -> str:
        """Leftmost 128 bits of the HMAC of a text (UTF-8), 32 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update(text.encode("utf-8", "surrogateescape"))
        return keyed.hexdigest()[:DIGEST_HEX]

    def hash(self, number: str) -> NumberHash:
        """Hash of a number in its normal form, and of its prefixes of five and more digits, shortest first.

        A SIP user that is no number ("alice") is hashed in lower case and has no prefixes.
        """
        digits = normalise(number)
        if not digits:
            return NumberHash(number=self.digest(number.strip().lower()))
        prefixes = [self.digest(digits[:length]) for length in range(SHORTEST_PREFIX, len(digits))]
        return NumberHash(number=self.digest(digits), prefixes=prefixes)
