"""Changes of entries taken back: one entry's last, or all that a rule has made of late."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.records import ListEntry
from streams.lists.actors import confirmed, principal, rule_of
from streams.lists.errors import ListsError
from streams.lists.undo import brought_back, last_change, made_by
from streams.store.rows import entry_row

KEY = "black:campaign:c"
NOW_MS = 1_000_000
RULE = "rule:shared-recording@1"


def entry(**more: Any) -> ListEntry:
    told: dict[str, Any] = {
        "created_ms": 1,
        "actor": RULE,
        "reason": "heard",
        "calls": ["one"],
        "expires_ms": 2 * NOW_MS,
    } | more
    return ListEntry(**({"kind": "black", "scope": "campaign", "value": "c"} | told))


MADE = entry(listed_ms=7, trunk="t", prefixes=["p"])
RENEWED = replace(MADE, calls=["one", "two"], expires_ms=3 * NOW_MS)
OFF = entry(state="disabled", actor="person:anna", reason="hold music")


def history(*versions: ListEntry | None) -> list[dict[str, Any]]:
    """Versions as the store keeps them, a second apart."""
    return [entry_row(KEY, one, recorded_ms=1000 * n, offset=n) for n, one in enumerate(versions, start=1)]


def undone(*versions: ListEntry | None) -> ListEntry | None:
    return last_change(history(*versions), versions[-1], NOW_MS).before


def test_what_was_turned_off_is_on_again_as_it_was_renewed_last() -> None:
    before = undone(MADE, RENEWED, OFF)
    assert before == RENEWED


def test_what_somebody_removed_is_back_as_it_was_before() -> None:
    """A removal is two records: one that says who and why, and a null."""
    before = undone(MADE, OFF, None)
    assert before is not None
    assert before == MADE


def test_what_was_off_and_then_removed_is_off_again() -> None:
    before = undone(MADE, OFF, replace(OFF, actor="person:ben", reason="no longer needed"), None)
    assert before is not None
    assert (before.state, before.actor) == ("disabled", "person:anna")


def test_what_a_rule_made_is_not_listed_again_however_often_it_was_renewed() -> None:
    change = last_change(history(MADE, RENEWED), RENEWED, NOW_MS)
    assert (change.now, change.before) == (RENEWED, None)


def test_an_accepted_proposal_is_a_proposal_again() -> None:
    proposed = replace(MADE, state="proposed")
    accepted = replace(MADE, actor=confirmed(RULE, "accepted", "person:anna"))
    before = undone(proposed, accepted)
    assert before is not None
    assert (before.state, before.actor) == ("proposed", RULE)


def test_what_the_history_does_not_keep_is_as_it_is_now() -> None:
    before = undone(MADE, replace(OFF, listed_ms=7, prefixes=["p"]))
    assert before is not None
    assert (before.listed_ms, before.prefixes) == (7, ["p"])


def test_a_second_undo_takes_the_first_back() -> None:
    back = brought_back(MADE, "person:ben", "no music at all")
    before = undone(MADE, OFF, back)
    assert before is not None
    assert (before.state, before.actor) == ("disabled", "person:anna")
    again = brought_back(before, "person:ben", "music after all")
    third = undone(MADE, OFF, back, again)
    assert third is not None
    assert third.state == "active"


def test_what_is_brought_back_stays_the_rules_own_and_tells_who_and_why() -> None:
    back = brought_back(brought_back(MADE, "person:a", "one"), "person:b", "two")
    assert back.actor == f"{RULE}, brought back by person:b"
    assert back.reason == "heard (brought back: two)"
    assert (principal(back.actor), rule_of(back.actor)) == (RULE, "shared-recording")


@pytest.mark.parametrize(
    ("versions", "now", "message"),
    [
        ([], None, "no history"),
        ([MADE], OFF, "does not know its last change"),
        ([MADE, OFF], None, "does not know its last change"),
        ([MADE, None], MADE, "does not know its last change"),
        ([entry(expires_ms=1500), None], None, "it has expired, which nobody did"),
        ([entry(expires_ms=1500), OFF], OFF, "has expired meanwhile"),
    ],
)
def test_where_nothing_can_be_taken_back_it_says_why(
    versions: list[ListEntry | None], now: ListEntry | None, message: str
) -> None:
    with pytest.raises(ListsError, match=message):
        last_change(history(*versions), now, NOW_MS)


def test_of_a_rules_entries_those_count_that_it_made_since_and_nobody_confirmed() -> None:
    entries = [
        entry(value="new", listed_ms=500),
        entry(value="renewed only", listed_ms=50),
        entry(value="before limits", created_ms=400),
        entry(value="another rule", listed_ms=500, actor="rule:trunk@1"),
        entry(value="accepted", listed_ms=500, actor=confirmed(RULE, "accepted", "person:a")),
        entry(value="off already", listed_ms=500, state="disabled"),
        entry(value="proposed", listed_ms=501, state="proposed"),
        entry(value="by a person", listed_ms=500, actor="person:a"),
    ]
    assert [one.value for one in made_by(entries, "shared-recording", 100)] == ["before limits", "new", "proposed"]
