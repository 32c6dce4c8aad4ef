"""How what lists name rests: hashed, under two keys while they are rotated."""

from typing import cast

import pytest
from pydantic import SecretStr

from schemas.ids import list_key
from schemas.records import ListEntry, ListScope
from streams.lists import ListView
from streams.lists.keyring import uses_of
from streams.lists.names import every_name_of, facts_of, names_of
from streams.numbers import NumberHasher
from streams.settings import Settings, SettingsError

KEY, OLD_KEY = "a key that only tests know", "the key that was in use before"
CALLER = "+49 30 1234567"
HASH = "0123456789abcdef0123456789abcdef"
ONE = Settings(hmac_key=SecretStr(KEY), hmac_key_id="new")
BOTH = Settings(hmac_key=SecretStr(KEY), hmac_key_id="new", hmac_old_key=SecretStr(OLD_KEY), hmac_old_key_id="old")
NO_KEY = Settings()


def entry(value: str, scope: ListScope = "caller", **more: object) -> ListEntry:
    fields = {"kind": "black", "created_ms": 0, "actor": "person:a", "reason": "r"} | more
    return ListEntry(value=value, scope=scope, **fields)  # type: ignore[arg-type]


def test_one_number_has_one_hash_however_it_is_written() -> None:
    spellings = (CALLER, "0049 30 1234567", "tel:+49-30-1234567", "sip:+49301234567@example.org")
    assert len({names_of(spelling, "caller", ONE)[0] for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("value", "scope", "complaint"),
    [
        ("1234", "prefix", "5 digits"),
        ("alice", "prefix", "5 digits"),
        ("alice", "caller", "E.164"),
        (" ", "caller", "empty"),
        ("4" * 2000, "caller", "2000 characters"),
        (CALLER, "campaign", "no campaign"),
        ("0049301234567", "campaign", "no campaign"),
    ],
)
def test_what_no_call_could_have_is_refused_and_not_repeated(value: str, scope: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as refused:
        names_of(value, cast(ListScope, scope), ONE)
    assert not value.strip() or value not in str(refused.value)


@pytest.mark.parametrize("scope", ["caller", "prefix", "trunk"])
def test_while_keys_are_rotated_a_value_rests_under_both(scope: ListScope) -> None:
    new, old = names_of(CALLER, scope, BOTH)
    assert (new.key_id, old.key_id) == ("new", "old")
    assert new == names_of(CALLER, scope, ONE)[0]
    assert new.value != old.value


@pytest.mark.parametrize(("value", "scope"), [("a campaign", "campaign"), (HASH, "caller")])
def test_a_campaign_and_a_hash_need_no_key(value: str, scope: ListScope) -> None:
    assert [name.value for name in names_of(value, scope, NO_KEY)] == [value]


def test_every_name_of_a_number_are_itself_and_its_prefixes_under_both_keys() -> None:
    names = every_name_of(CALLER, BOTH)
    assert CALLER not in names
    assert len(names) == 2 * (2 + 6)  # caller, trunk and six prefixes
    for settings_key, key_id in ((KEY, "new"), (OLD_KEY, "old")):
        hashed = NumberHasher(settings_key.encode(), key_id).hash(CALLER)
        assert names[hashed.number] == "caller"
        assert {names[prefix] for prefix in hashed.prefixes} == {"prefix"}
    assert every_name_of("a campaign", NO_KEY) == {"a campaign": None}
    with pytest.raises(SettingsError, match="HMAC_KEY is missing"):
        every_name_of(CALLER, NO_KEY)


@pytest.mark.parametrize("made_under", [ONE, Settings(hmac_key=SecretStr(OLD_KEY), hmac_key_id="old")])
@pytest.mark.parametrize(("value", "scope"), [(CALLER, "caller"), ("+49301", "prefix"), ("192.0.2.1", "trunk")])
def test_an_entry_under_either_key_is_found(made_under: Settings, value: str, scope: ListScope) -> None:
    view = ListView()
    (name,) = names_of(value, scope, made_under)
    view.apply(list_key("black", scope, name.value), entry(name.value, scope), offset=0)

    assert view.match(facts_of("0049 30 1234567", "192.0.2.1", BOTH), None, 1) is not None
    assert view.match(facts_of("0049 40 1234567", None, BOTH), None, 1) is None


def test_facts_of_a_tap_and_of_a_question_are_the_same() -> None:
    ends = NumberHasher.of(BOTH).ends(CALLER, "+44 20 1", "192.0.2.1")
    facts = facts_of(CALLER, "192.0.2.1", BOTH)
    assert (facts.caller, facts.trunk, facts.key_id) == (ends.caller, ends.trunk, "new")
    assert (facts.old_caller, facts.old_trunk, facts.old_key_id) == (ends.old_caller, ends.old_trunk, "old")
    assert ends.callee is not None
    assert facts_of(CALLER, None, ONE).old_caller is None


def test_a_key_is_free_once_nothing_unexpired_rests_under_it() -> None:
    entries = [
        entry("a", key_id="new"),
        entry("b", key_id="old", expires_ms=500),
        entry("c", key_id="old", expires_ms=900, state="disabled"),
        entry("d", key_id="older"),
        entry("e", "campaign"),
    ]
    new, old, older = uses_of(entries, 100, "new", "old")
    assert (new.key_id, new.in_force, new.lasting, new.free) == ("new", 1, 1, False)
    assert (old.in_force, old.disabled, old.lasting, old.last_expires_ms, old.free) == (1, 1, 0, 900, False)
    assert (older.key_id, older.lasting) == ("older", 1)
    assert uses_of(entries, 900, "new", "old")[1].free
