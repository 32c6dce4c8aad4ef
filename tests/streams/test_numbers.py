import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.numbers import NumberHasher, normalise


@pytest.mark.parametrize(
    "spelling",
    [
        "+49301234567",
        "0049301234567",
        "+49 (30) 123-45.67",
        "tel:+49-30-1234567;phone-context=x",
        "sip:+49301234567@192.0.2.1;user=phone",
        "SIPS:%2B49301234567@host",
        "49301234567",
    ],
)
def test_all_spellings_of_a_number_are_one(spelling: str):
    assert normalise(spelling) == "49301234567"


def test_a_number_without_international_prefix_keeps_its_digits():
    assert normalise("030 1234") == "0301234"


@pytest.mark.parametrize("name", ["", "alice", "anonymous", "+", "12a4", "1" * 33, "#31#", "sip:@host"])
def test_what_is_no_number_is_empty(name: str):
    assert normalise(name) == ""


def test_a_hash_is_hmac_sha256_of_the_digits_and_of_the_prefixes_from_five_digits_on():
    def expected(digits: str) -> str:
        return hmac.new(b"secret", digits.encode(), hashlib.sha256).hexdigest()[:32]

    hashed = NumberHasher(b"secret", "k1").hash("+4930123")
    assert hashed.number == expected("4930123")
    assert hashed.prefixes == [expected("49301"), expected("493012")]


def test_hashes_of_other_keys_differ():
    assert NumberHasher(b"a", "a").hash("4930123").number != NumberHasher(b"b", "b").hash("4930123").number


def test_a_name_is_hashed_without_prefixes_and_case():
    hasher = NumberHasher(b"secret", "k1")
    assert hasher.hash("Reception-Desk") == hasher.hash("reception-desk")
    assert hasher.hash("reception-desk").prefixes == []


def test_an_empty_key_is_refused():
    with pytest.raises(ValueError, match="empty"):
        NumberHasher(b"", "k1")


@given(st.text(max_size=300))
def test_any_text_normalises_to_digits_and_stays_so(text: str):
    digits = normalise(text)
    assert digits == "" or (digits.isascii() and digits.isdigit() and len(digits) <= 32)
    if digits and not digits.startswith("00"):
        assert normalise(digits) == digits
    NumberHasher(b"k", "k").hash(text)
