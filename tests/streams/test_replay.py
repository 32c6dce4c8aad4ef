"""Replay search on real stores, with made fingerprints; audio is in test_replay_index.py."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.fingerprint import (
    BINS,
    CHUNK_FRAMES,
    FINGERPRINT_VERSION,
    SHIFTS,
    UNSHIFTED,
    Fingerprint,
    joined,
    postings,
)
from features.matching.lines import Line
from streams.replay import Found, Print, Query, Searcher, enroll, stored
from streams.replay import frequencies as frequencies_module
from streams.replay.enrolment import Enroller
from streams.replay.evidence import MOST_PARTS, Evidence
from streams.replay.forgetting import forget, purge
from streams.replay.frequencies import GROWN_S, REFRESH_S, Frequencies
from streams.replay.place import packed, unpacked
from streams.replay.print import MOST_CHUNKS, call_number
from streams.replay.versions import IndexVersionError, older_prints
from streams.store import Store, StoreError

DAY_MS = 1_767_571_200_000
FRAMES = CHUNK_FRAMES + 1


def sound(seed: int, *, chunk: int = 0, lost: float = 0.0, flipped: float = 0.0, said: int = 1) -> Fingerprint:
    """Two seconds of a recording: 60 peaks, and words; of a rendition some are lost, and bits wrong."""
    rng = np.random.default_rng([seed, chunk])
    peaks = np.stack([rng.integers(1, CHUNK_FRAMES, 60), rng.integers(0, BINS, 60)], axis=1).astype(np.int32)
    words = rng.integers(1, 1 << 32, (SHIFTS, FRAMES), np.uint32)
    strengths = rng.uniform(1, 3, 60).astype(np.float32)
    order = np.lexsort((peaks[:, 1], peaks[:, 0]))
    peaks, strengths = peaks[order], strengths[order]
    worse = np.random.default_rng([seed, chunk, said])
    kept = worse.random(60) >= lost
    bits = worse.random((SHIFTS, FRAMES, 32)) < flipped
    words ^= (bits << np.arange(32)).sum(axis=2).astype(np.uint32)
    words[:, [0, -1]] = 0
    return Fingerprint(peaks[kept], strengths[kept], words)


def silence() -> Fingerprint:
    return Fingerprint(np.zeros((0, 2), np.int32), np.zeros(0, np.float32), np.zeros((SHIFTS, FRAMES), np.uint32))


def row(call: str, chunk: int, heard: Fingerprint, *, caller: str = "", opened_ms: int = 0) -> Print:
    return Print(
        call_id=call,
        stream_id=f"stream of {call}",
        chunk=chunk,
        caller=caller,
        key_id="k1",
        opened_ms=DAY_MS + opened_ms,
        captured_ms=DAY_MS + opened_ms + 2000 * (chunk + 1),
        fingerprint=heard,
    )


def count(store: Store, table: str) -> int:
    """Distinct rows, as they are after parts have been merged."""
    store.execute(f"OPTIMIZE TABLE {table} FINAL")
    return int(store.query(f"SELECT count() AS n FROM {table}")[0]["n"])  # noqa: S608


def search(store: Store, *prints: Print, most_chance: float = 1e-4) -> list[list[Found]]:
    return Searcher(store, most_chance=most_chance).search([Query(one) for one in prints])


def test_a_chunk_heard_before_is_found_with_its_place_in_the_other_call(store: Store) -> None:
    enroll(store, [row("first", 3, sound(1), caller="hash"), row("other", 0, sound(2))])

    (found,) = search(store, row("second", 1, sound(1, lost=0.2, flipped=0.1), opened_ms=60_000))

    assert [(one.call_id, one.stream_id, one.caller) for one in found] == [("first", "stream of first", "hash")]
    assert found[0].offset_s == pytest.approx(6.0, abs=0.04)
    assert (found[0].opened_ms, found[0].heard_ms) == (DAY_MS, DAY_MS + 8000)
    assert found[0].pitch == pytest.approx(1.0, abs=0.01)
    assert found[0].tempo == pytest.approx(1.0, abs=0.01)
    assert found[0].score > 0.85
    assert found[0].false_match_probability < 1e-6
    assert 1.9 <= found[0].query_start_s < 2.5
    assert 3.0 < found[0].query_end_s <= 4.0


def test_nothing_is_found_for_what_was_not_heard_or_only_in_the_same_call(store: Store) -> None:
    enroll(store, [row("first", 0, sound(1)), row("second", 0, sound(2))])

    assert search(store, row("third", 0, sound(3)), row("first", 7, sound(1))) == [[], []]


def test_words_decide_where_keys_alone_agree(store: Store) -> None:
    enroll(store, [row("first", 0, sound(1))])
    same, other = sound(1), sound(2)

    assert search(store, row("second", 0, Fingerprint(same.peaks, same.strengths, other.words))) == [[]]


def test_evidence_of_a_streams_chunks_adds_up(store: Store) -> None:
    enroll(store, [row("first", chunk, sound(1, chunk=chunk)) for chunk in range(4)])
    searcher, evidence = Searcher(store, most_chance=1.0), Evidence()
    heard = [row("second", chunk, sound(1, chunk=chunk, lost=0.3, flipped=0.3)) for chunk in range(3)]

    chances = [searcher.search([Query(one, evidence)])[0][0].false_match_probability for one in heard]

    assert chances[0] > 10 * chances[1] > 100 * chances[2]
    assert evidence.chunks == [0, 1, 2]


def test_chunks_of_one_stream_in_a_batch_are_searched_one_after_the_other(store: Store) -> None:
    enroll(store, [row("first", chunk, sound(1, chunk=chunk)) for chunk in range(4)])
    heard = [row("second", chunk, sound(1, chunk=chunk, lost=0.3, flipped=0.2)) for chunk in range(4)]
    apart, together = Evidence(), Evidence()
    searcher = Searcher(store)

    one_by_one = [searcher.search([Query(one, apart)])[0] for one in heard]
    at_once = searcher.search([Query(one, together) for one in heard])

    assert one_by_one == at_once
    assert all(at_once)


def test_a_chunk_that_is_searched_again_says_the_same(store: Store) -> None:
    enroll(store, [row("first", chunk, sound(1, chunk=chunk)) for chunk in range(2)])
    searcher, evidence = Searcher(store), Evidence()
    query = Query(row("second", 1, sound(1, chunk=1, lost=0.2, flipped=0.1)), evidence)

    assert searcher.search([query]) == searcher.search([query])
    assert evidence.chunks == [1]


def test_evidence_begins_anew_after_enough_chunks_and_after_a_pause() -> None:
    evidence = Evidence()
    for chunk in range(MOST_PARTS + 1):
        evidence.add(chunk, sound(1, chunk=chunk))
    assert evidence.chunks == [MOST_PARTS]
    evidence.add(500, sound(2))
    assert evidence.chunks == [500]
    evidence.add(3, sound(2))
    assert evidence.chunks == [3]


def test_prints_enrolled_again_are_there_once(store: Store) -> None:
    batch = [row(f"call-{n}", chunk, sound(n, chunk=chunk)) for n in range(3) for chunk in range(2)]
    rows = []
    for _ in range(2):
        assert enroll(store, batch) == 6
        rows.append((count(store, "fingerprints"), count(store, "replay_postings")))

    assert rows[0] == rows[1]
    assert rows[0][0] == 6
    (found,) = search(store, row("new", 0, sound(1)))
    assert [one.call_id for one in found] == ["call-1"]


def test_a_stream_enrolled_chunk_by_chunk_has_the_keys_of_the_whole(store: Store) -> None:
    parts = [sound(1, chunk=chunk) for chunk in range(3)]
    enroller = Enroller(store)
    for chunk, part in enumerate(parts):
        enroller.enroll([row("first", chunk, part)])
    whole = postings(joined(list(enumerate(parts))))

    found = store.columns("SELECT DISTINCT key, frame FROM replay_postings")

    kept = set(zip(found["key"].tolist(), found["frame"].tolist(), strict=True))
    wanted = set(zip(whole.keys.tolist(), whole.frames.tolist(), strict=True))
    assert len(wanted & kept) >= 0.95 * len(wanted)  # where chunks meet, one of two peaks may be doubted
    assert len(kept) < 1.4 * len(whole.keys)


def test_what_reaches_from_chunk_to_chunk_is_not_kept_where_one_is_missing(store: Store) -> None:
    enroller = Enroller(store)
    assert enroller.enroll([row("first", 0, sound(1)), row("first", 2, sound(1, chunk=2))]) == 2
    alone = [postings(sound(1, chunk=chunk)) for chunk in (0, 2)]
    rows = sum(len(set(zip(p.keys.tolist(), p.frames.tolist(), p.bins.tolist(), strict=True))) for p in alone)
    assert count(store, "replay_postings") == rows


def test_chunks_with_nothing_to_find_them_by_and_late_ones_are_not_kept(store: Store) -> None:
    assert enroll(store, [row("silent", 0, silence()), row("late", MOST_CHUNKS, sound(1))]) == 0
    assert enroll(store, []) == 0
    assert count(store, "fingerprints") == count(store, "replay_postings") == 0
    assert search(store, row("silent", 0, silence())) == [[]]
    assert search(store) == []


def test_words_of_a_stream_are_put_together_whether_chunks_begin_on_an_even_frame_or_not(store: Store) -> None:
    chunks = [sound(1, chunk=chunk) for chunk in range(3)]
    enroll(store, [row("first", chunk, heard) for chunk, heard in enumerate(chunks)])
    line = Line(call_number("first"), 9.0, 0.0, 0.0, 1.0, 0.0, 50.0, 9)

    (reference,) = stored.StoredLookup(store).references([(line, 3 * CHUNK_FRAMES)])[line.call]

    whole = np.concatenate([heard.words[UNSHIFTED, :CHUNK_FRAMES] for heard in chunks])
    assert np.array_equal(reference.words, whole[::2])
    assert reference.heard_ms(130.0) == DAY_MS + 4000
    assert reference.heard_ms(9e9) == DAY_MS + 6000


def test_a_flood_of_one_recording_is_cut_off_and_some_of_its_calls_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    enroll(store, [row(f"call-{n}", 0, sound(1)) for n in range(300)])
    monkeypatch.setattr(stored, "MOST_ROWS", 6000)

    (found,) = search(store, row("late", 0, sound(1, lost=0.1)))

    assert found
    assert all(one.call_id.startswith("call-") for one in found)


def test_a_forgotten_call_is_hidden_at_once_and_may_be_enrolled_again_once_it_is_purged(store: Store) -> None:
    both = [row("first", 0, sound(1)), row("second", 0, sound(1, said=2))]
    enroll(store, both)
    query = row("third", 0, sound(1, flipped=0.1))
    forget(store, ["first"])
    forget(store, [])

    assert [one.call_id for one in search(store, query)[0]] == ["second"]
    enroll(store, both)
    assert [one.call_id for one in search(store, query)[0]] == ["second"]

    assert purge(store) == 1
    assert purge(store) == 0
    assert store.query("SELECT DISTINCT call_id FROM fingerprints") == [{"call_id": "second"}]
    assert store.query("SELECT DISTINCT call FROM replay_postings") == [{"call": call_number("second")}]
    enroll(store, both)
    assert {one.call_id for one in search(store, query)[0]} == {"first", "second"}


def test_older_versions_are_told_and_not_found_and_newer_ones_refused(store: Store) -> None:
    enroll(store, [row("first", 0, sound(1))])
    assert older_prints(store) == {}
    columns: dict[str, Any] = {"call": [call_number("first")], "call_id": ["first"], "stream_id": ["old"], "chunk": [0]}
    store.insert("fingerprints", columns | {"version": [FINGERPRINT_VERSION - 1]})

    assert older_prints(store) == {FINGERPRINT_VERSION - 1: 1}
    assert [one.stream_id for one in search(store, row("second", 0, sound(1)))[0]] == ["stream of first"]

    store.insert("fingerprints", columns | {"version": [FINGERPRINT_VERSION + 1]})
    with pytest.raises(IndexVersionError, match=f"version {FINGERPRINT_VERSION + 1}"):
        older_prints(store)


class FailingStore:
    """A store whose n-th SELECT for columns fails."""

    def __init__(self, store: Store, fails_at: int) -> None:
        self._store, self._left = store, fails_at

    def columns(self, *told: Any) -> Any:
        self._left -= 1
        if self._left == 0:
            raise StoreError("away")
        return self._store.columns(*told)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("fails_at", [1, 2])
def test_after_a_failure_the_evidence_is_what_it_was_and_the_search_can_be_repeated(
    store: Store, fails_at: int
) -> None:
    enroll(store, [row("first", chunk, sound(1, chunk=chunk)) for chunk in range(2)])
    failing: Any = FailingStore(store, fails_at)
    searcher, evidence = Searcher(failing), Evidence()
    query = Query(row("second", 0, sound(1, flipped=0.1)), evidence)

    with pytest.raises(StoreError, match="away"):
        searcher.search([query])

    assert evidence.chunks == []
    assert [one.call_id for one in searcher.search([query])[0]] == ["first"]


def test_frequencies_are_counted_in_a_large_index_and_again_after_an_hour(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    frequencies = Frequencies(store, clock=lambda: now[0])
    enroll(store, [row("first", 0, sound(1))])
    assert frequencies.current() is None

    monkeypatch.setattr(frequencies_module, "LARGE", 10)
    assert frequencies.current() is None
    now[0] += GROWN_S
    counted = frequencies.current()

    assert counted is not None
    keys = postings(sound(1)).keys
    assert counted.sum() == len(keys)
    assert np.count_nonzero(counted) == len(np.unique(keys))
    enroll(store, [row("second", 0, sound(2))])
    now[0] += GROWN_S
    assert frequencies.current() is counted
    now[0] += REFRESH_S
    again = frequencies.current()
    assert again is not None
    assert again.sum() > counted.sum()
    assert Searcher(store, frequencies=frequencies).search([Query(row("second", 0, sound(1)))])[0]


@given(
    call=st.integers(0, 2**32 - 1),
    where=st.lists(st.tuples(st.integers(0, 2**16 - 1), st.integers(0, 255)), max_size=5),
)
def test_call_frame_and_bin_come_back_from_a_place(call: int, where: list[tuple[int, int]]) -> None:
    frames, bins = np.array([w[0] for w in where], np.int32), np.array([w[1] for w in where], np.uint8)
    calls, there, heights = unpacked(packed(call, frames, bins))
    assert calls.tolist() == [call] * len(where)
    assert (there.tolist(), heights.tolist()) == (frames.tolist(), bins.tolist())


def test_a_frame_that_does_not_fit_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="65535"):
        packed(1, np.array([1 << 16], np.int32), np.array([0], np.uint8))
