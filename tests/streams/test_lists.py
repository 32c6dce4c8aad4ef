from typing import Any

import pytest

from schemas.ids import list_key
from schemas.records import Facts, ListEntry, NumberHash
from streams.lists import ListView
from streams.lists import view as lists_view

FACTS = Facts(
    direction="caller",
    opened_ms=0,
    tap_id="tap",
    caller=NumberHash(number="number", prefixes=["short", "long"]),
    trunk="trunk",
)
NAMES = {"caller": "number", "prefix": "short", "trunk": "trunk", "campaign": "campaign"}


def entry(kind: str = "black", scope: str = "caller", value: str | None = None, **more: Any) -> ListEntry:
    value = NAMES[scope] if value is None else value
    fields: dict[str, Any] = {"created_ms": 0, "actor": "test", "reason": "test"} | more
    return ListEntry(kind=kind, scope=scope, value=value, **fields)  # type: ignore[arg-type]


def view(*entries: ListEntry) -> ListView:
    lists = ListView()
    for offset, item in enumerate(entries):
        lists.apply(list_key(item.kind, item.scope, item.value), item, offset=offset)
    return lists


@pytest.mark.parametrize("scope", list(NAMES))
def test_an_entry_of_any_scope_finds_its_call(scope: str) -> None:
    hit = view(entry("black", scope)).match(FACTS, "campaign", now_ms=5)

    assert hit is not None
    assert (hit.kind, hit.entry.scope, hit.key) == ("black", scope, f"black:{scope}:{NAMES[scope]}")


@pytest.mark.parametrize("scope", list(NAMES))
def test_the_white_list_wins_whatever_its_scope(scope: str) -> None:
    hit = view(entry("black", "caller"), entry("white", scope)).match(FACTS, "campaign", now_ms=5)

    assert hit is not None
    assert hit.kind == "white"


def test_entries_of_others_say_nothing() -> None:
    lists = view(entry(value="another"), entry(scope="prefix", value="number"), entry(scope="campaign"))

    assert lists.match(FACTS, None, now_ms=5) is None
    assert lists.match(Facts(direction="unknown", opened_ms=0, tap_id="tap"), "another", now_ms=5) is None


def test_expired_and_disabled_entries_do_not_act() -> None:
    lists = view(entry(expires_ms=100), entry(scope="trunk", state="disabled"))

    assert lists.match(FACTS, None, now_ms=99) is not None
    assert lists.match(FACTS, None, now_ms=100) is None
    assert lists.expired(99) == []
    assert lists.expired(100) == ["black:caller:number"]


def test_an_expired_white_entry_no_longer_protects() -> None:
    hit = view(entry("white", expires_ms=100), entry("black")).match(FACTS, None, now_ms=100)

    assert hit is not None
    assert hit.kind == "black"


def test_a_null_removes_an_entry() -> None:
    lists = view(entry())
    lists.apply("black:caller:number", None, offset=1)
    lists.apply("black:caller:unheard of", None, offset=2)

    assert lists.match(FACTS, None, now_ms=5) is None
    assert len(lists) == 0


def test_a_record_read_twice_changes_nothing() -> None:
    lists = view(entry())
    lists.apply("black:caller:number", None, offset=1)
    before = lists.version
    lists.apply("black:caller:number", entry(), offset=0)

    assert len(lists) == 0
    assert lists.version == before


def test_the_version_tells_what_was_read_and_not_in_which_order_partitions_came() -> None:
    one, two = ListView(), ListView()
    one.apply("black:caller:number", entry(), partition=0, offset=4)
    empty = two.version
    two.apply("black:trunk:trunk", entry(scope="trunk"), partition=1, offset=7)
    half = two.version
    two.apply("black:caller:number", entry(), partition=0, offset=4)
    one.apply("black:trunk:trunk", entry(scope="trunk"), partition=1, offset=7)

    assert one.version == two.version
    assert len({empty, half, two.version}) == 3


def test_a_record_under_the_key_of_another_entry_acts_under_neither() -> None:
    lists = ListView()
    lists.apply("black:caller:somebody", entry(), offset=0)

    assert lists.match(FACTS, None, now_ms=5) is None
    assert lists.get("black:caller:somebody") is None
    assert lists.refused == 1


def test_a_flood_of_entries_ends_where_memory_would_and_white_ones_still_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists_view, "MAX_ENTRIES", 3)
    lists = ListView()
    for number in range(5):
        made = ListEntry(kind="black", scope="caller", value=str(number), created_ms=0, actor="a", reason="r")
        lists.apply(f"black:caller:{number}", made, offset=number)
    white = ListEntry(kind="white", scope="caller", value="9", created_ms=0, actor="a", reason="r")
    lists.apply("white:caller:9", white, offset=5)
    assert (len(lists), lists.refused) == (4, 2)
    lists.apply("black:caller:0", None, offset=6)
    lists.apply("black:caller:1", made, offset=7)
    assert lists.refused == 3
