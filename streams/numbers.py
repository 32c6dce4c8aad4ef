"""Telephone numbers: one spelling for each, and keyed hashes in their place."""

import hmac
import re
from typing import Final

from schemas.records import NumberHash

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


class NumberHasher:
    """HMAC-SHA256 under one key; hashes made with different keys never match.

    Parameters
    ----------
    key
        The secret, at least one byte.
    key_id
        Its name, which travels with every hash.

    Raises
    ------
    ValueError
        If the key is empty.
    """

    def __init__(self, key: bytes, key_id: str) -> None:
        if not key:
            raise ValueError("the key for hashing numbers is empty")
        self._keyed = hmac.new(key, digestmod="sha256")
        self.key_id = key_id

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
