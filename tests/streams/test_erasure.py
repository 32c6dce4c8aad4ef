"""Erasing a caller from ClickHouse, through each door."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pytest

from streams.lists.erasure import erase, known_of, recorded_removals, with_aliases
from streams.replay.place import packed
from streams.replay.print import call_number
from streams.store import Store, open_store
from streams.store.migrations import migrate

DAY = date(2026, 1, 5)
FORGOTTEN, OTHER, OLD = "hash of who is forgotten", "hash of another", "hash of who is forgotten under the old key"
OF_A_CALL = ("levels", "tones", "chunk_features", "reviews")
OF_A_CALLER = ("verdicts", "shadow_verdicts", "fingerprints", "campaign_calls", "campaign_members", "replay_edges")
TELL_THE_CALLED = ("verdicts", "shadow_verdicts", "campaign_members", "replay_edges")
EVERYWHERE = (*OF_A_CALL, *OF_A_CALLER, "replay_postings", "outcomes", "list_entries", "caller_aliases")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    migrate(opened)
    yield opened
    opened.close()


def put(store: Store, table: str, **values: Any) -> None:
    columns = {row["name"] for row in store.query(f"DESCRIBE TABLE {table}")}
    if "captured_date" in columns:
        values["captured_date"] = DAY
    store.insert(table, {name: [value] for name, value in values.items() if name in columns})


def call(store: Store, call_id: str, caller: str, callee: str = "") -> None:
    for table in (*OF_A_CALL, *OF_A_CALLER):
        put(
            store,
            table,
            call_id=call_id,
            caller=caller,
            callee=callee,
            call=call_number(call_id),
            id=call_id,
            sip_call_id=f"sip of {call_id}",
            campaign="c",
            stream_id=call_id,
        )
    place = packed(call_number(call_id), np.array([1], np.int32), np.array([2], np.uint8))[0]
    put(store, "replay_postings", key=1, place=place)
    put(store, "outcomes", call_id=call_id, sip_call_id="")
    put(store, "outcomes", call_id="", sip_call_id=f"sip of {call_id}")


def version(store: Store, value: str, offset: int, *, removed: int = 0, scope: str = "caller") -> None:
    put(
        store,
        "list_entries",
        kind="black",
        scope=scope,
        value=value,
        recorded_ms=1,
        recorded_offset=offset,
        removed=removed,
    )


def counts(store: Store) -> dict[str, int]:
    return {table: store.query(f"SELECT count() AS n FROM {table}")[0]["n"] for table in EVERYWHERE}  # noqa: S608


def test_what_is_a_callers_goes_and_what_is_others_stays(store: Store) -> None:
    call(store, "one", FORGOTTEN, callee=OTHER)
    call(store, "two", OLD)
    call(store, "three", OTHER, callee=FORGOTTEN)
    put(store, "caller_aliases", old_caller=OLD, caller=FORGOTTEN)
    put(store, "caller_aliases", old_caller="x", caller=OTHER)
    version(store, FORGOTTEN, 1)
    version(store, FORGOTTEN, 2, removed=1)
    version(store, OTHER, 3)
    version(store, FORGOTTEN, 4, scope="prefix")  # a prefix is not of one caller

    known = known_of(store, [FORGOTTEN, OLD])
    assert sorted(known.calls) == ["one", "two"]
    assert known.rows == {
        **dict.fromkeys((*OF_A_CALL, *OF_A_CALLER, "replay_postings", "list_entries"), 2),
        "outcomes": 4,
        "caller_aliases": 1,
        **dict.fromkeys((f"{table} (called)" for table in TELL_THE_CALLED), 1),
    }
    erase(store, known)

    left = dict.fromkeys((*OF_A_CALL, *OF_A_CALLER, "replay_postings", "caller_aliases"), 1)
    assert counts(store) == {**left, "outcomes": 2, "list_entries": 2}
    for table in TELL_THE_CALLED:
        assert store.query(f"SELECT call_id, caller, callee FROM {table}") == [  # noqa: S608
            {"call_id": "three", "caller": OTHER, "callee": ""}
        ]
    assert known_of(store, [FORGOTTEN, OLD]).rows == {}


def test_an_edge_that_leads_to_a_callers_call_goes_with_it(store: Store) -> None:
    put(store, "replay_edges", call_id="other", caller=OTHER, matched_call_id="one", matched_caller=FORGOTTEN)
    put(store, "campaign_members", call_id="one", campaign="one")
    known = known_of(store, [FORGOTTEN])
    assert known.rows == {"replay_edges": 1, "campaign_members": 1}
    erase(store, known)
    assert (counts(store)["replay_edges"], counts(store)["campaign_members"]) == (0, 0)


def test_a_caller_of_whom_nothing_is_known_changes_nothing(store: Store) -> None:
    call(store, "three", OTHER)
    before = counts(store)
    erase(store, known_of(store, [FORGOTTEN]))
    assert counts(store) == before


def test_a_removal_is_known_once_it_is_the_newest_version(store: Store) -> None:
    version(store, FORGOTTEN, 1)
    assert recorded_removals(store, [FORGOTTEN]) == 0
    version(store, FORGOTTEN, 2, removed=1)
    version(store, OTHER, 1, removed=1)
    assert recorded_removals(store, [FORGOTTEN]) == 1
    version(store, FORGOTTEN, 3)
    assert recorded_removals(store, [FORGOTTEN]) == 0


def test_a_caller_is_known_by_the_hashes_of_every_rotation(store: Store) -> None:
    put(store, "caller_aliases", old_caller="first", caller="second")
    put(store, "caller_aliases", old_caller="second", caller=FORGOTTEN)
    put(store, "caller_aliases", old_caller="x", caller=OTHER)
    assert with_aliases(store, [FORGOTTEN]) == sorted(["first", "second", FORGOTTEN])
    assert with_aliases(store, ["first"]) == sorted(["first", "second", FORGOTTEN])
    assert with_aliases(store, ["y"]) == ["y"]
