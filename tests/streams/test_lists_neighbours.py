"""Who calls from where, as verdicts in the store tell it, through each door."""

from datetime import date

from streams.lists.neighbours import StoredNeighbours
from streams.store import Store

DAY_MS = 86_400_000
DAY = 1_700_000_000_000 // DAY_MS  # days since 1970


def calls(store: Store, *told: tuple[int, str, list[str], str]) -> None:
    """Verdicts: day, caller, prefixes, trunk of each; two chunks of a call."""
    rows = [(number, chunk, *one) for number, one in enumerate(told) for chunk in range(2)]
    store.insert(
        "verdicts",
        {
            "id": [f"{number}-{chunk}" for number, chunk, *_ in rows],
            "call_id": [f"call-{number}" for number, *_ in rows],
            "chunk": [chunk for _, chunk, *_ in rows],
            "captured_ms": [(DAY + day) * DAY_MS + 5 for _, _, day, *_ in rows],
            "captured_date": [date.fromordinal(date(1970, 1, 1).toordinal() + DAY + day) for _, _, day, *_ in rows],
            "caller": [caller for *_, caller, _, _ in rows],
            "caller_prefixes": [prefixes for *_, prefixes, _ in rows],
            "trunk": [trunk for *_, trunk in rows],
        },
    )


def test_callers_of_a_range_and_of_a_trunk_are_counted_once_and_only_lately(store: Store) -> None:
    of_range = ["wide", "narrow"]
    calls(store, (0, "a", of_range, "t"), (1, "a", of_range, "t"), (1, "b", of_range, "other"), (1, "c", ["wide"], "t"))
    calls(store, (-9, "long ago", of_range, "t"), (1, "", [], "t"))
    known = StoredNeighbours(store)
    since_ms = DAY * DAY_MS
    assert known.callers("prefix", "narrow", since_ms) == 2
    assert known.callers("prefix", "wide", since_ms) == 3
    assert known.callers("prefix", "narrow", since_ms - 10 * DAY_MS) == 3
    assert known.callers("trunk", "t", since_ms) == 2
    assert known.callers("trunk", "unheard of", since_ms) == 0


def test_prefixes_of_callers_are_told(store: Store) -> None:
    calls(store, (0, "a", ["wide", "narrow"], ""), (0, "b", [], ""), (-9, "c", ["wide"], ""))
    known = StoredNeighbours(store)
    assert known.prefixes_of(["a", "b", "c", "d"], DAY * DAY_MS) == {"a": {"wide", "narrow"}}
    assert known.prefixes_of([], 0) == {}
