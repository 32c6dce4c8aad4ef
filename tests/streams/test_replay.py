"""Replay search on real stores, with fingerprints of synthetic peaks; real audio is in test_fingerprint.py."""

from collections.abc import Iterator

import numpy as np
import pytest

from features.landmarks import Landmarks, landmarks
from features.peaks import BINS
from streams.replay import Print, ReplayIndex
from streams.replay.campaigns import Hearing, call_number
from streams.replay.index import CHUNK_TICKS
from streams.replay.vote import LEAST_SCORE, Postings, vote
from streams.store import Store, open_store
from streams.store.migrations import migrate

DAY_MS = 1_700_000_000_000


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    migrate(opened)
    yield opened
    opened.close()


def sound(seed: int, *, lost: float = 0.0, begin: int = 0, end: int = CHUNK_TICKS) -> Landmarks:
    """Two seconds of some recording: 60 peaks, of which a share is lost in every rendition."""
    rng = np.random.default_rng(seed)
    peaks = np.stack([rng.integers(0, CHUNK_TICKS, 60), rng.integers(0, BINS, 60)], axis=1).astype(np.int32)
    peaks = peaks[(peaks[:, 0] >= begin) & (peaks[:, 0] < end)]
    peaks = peaks[rng.random(len(peaks)) >= lost]
    return landmarks(peaks[np.lexsort((peaks[:, 1], peaks[:, 0]))])


def chunk_print(call: str, chunk: int, found: Landmarks, *, caller: str = "", opened_ms: int = 0) -> Print:
    return Print(
        call_id=call,
        stream_id=f"stream of {call}",
        chunk=chunk,
        caller=caller,
        key_id="k1",
        opened_ms=DAY_MS + opened_ms,
        captured_ms=DAY_MS + opened_ms + 2000 * (chunk + 1),
        landmarks=found,
    )


def rows(store: Store, table: str) -> int:
    """Distinct rows, as they are after parts have been merged."""
    store.execute(f"OPTIMIZE TABLE {table} FINAL")
    return int(store.query(f"SELECT count() AS n FROM {table}")[0]["n"])  # noqa: S608


def test_a_chunk_heard_before_is_found_with_its_place_in_the_earlier_call(store: Store) -> None:
    index = ReplayIndex(store)
    index.enroll([chunk_print("first", 3, sound(1)), chunk_print("other", 0, sound(2))])

    match = index.search(chunk_print("second", 1, sound(1, lost=0.2), opened_ms=60_000))

    assert match is not None
    assert (match.campaign, match.call_id) == ("first", "first")
    assert match.offset_s == pytest.approx(6.0, abs=0.02)
    assert match.score > 0.8
    assert match.false_match_probability < 1e-6
    assert 1.9 <= match.query_start_s < 2.5  # windows of the lead-in count
    assert 3.0 < match.query_end_s <= 4.0


def test_nothing_is_found_for_what_was_not_heard_or_only_in_the_same_call(store: Store) -> None:
    index = ReplayIndex(store)
    index.enroll([chunk_print("first", 0, sound(1)), chunk_print("second", 0, sound(2))])

    assert index.search(chunk_print("third", 0, sound(3))) is None
    assert index.search(chunk_print("first", 7, sound(1))) is None
    assert rows(store, "replays") == 0


def test_a_shared_word_is_no_replay(store: Store) -> None:
    index = ReplayIndex(store)
    index.enroll([chunk_print("first", 0, sound(1))])
    word, rest = sound(1, end=150).peaks, sound(9, begin=150).peaks

    assert index.search(chunk_print("second", 0, landmarks(np.concatenate([word, rest])))) is None


def calls_of(index: ReplayIndex, campaign: str, caller: str) -> list[str]:
    return list(dict.fromkeys(hearing.call_id for hearing in index.campaigns.hearings_of(campaign, caller)))


def test_all_matches_share_the_first_calls_id_as_campaign(store: Store) -> None:
    index = ReplayIndex(store)
    for place, call in enumerate(["first", "second", "third", "fourth"]):
        query = chunk_print(call, place, sound(1, lost=0.2), caller="caller", opened_ms=60_000 * place)
        index.enroll([query])
        match = index.search(query)
        assert (match and match.campaign) == (None if call == "first" else "first")

    assert calls_of(index, "first", "caller") == ["first", "second", "third", "fourth"]
    assert calls_of(index, "first", "another") == []


def test_a_call_that_knows_only_the_second_one_joins_the_firsts_campaign(store: Store) -> None:
    index = ReplayIndex(store)
    greeting, message = sound(1), sound(2)
    index.enroll([chunk_print("first", 0, greeting)])
    second = [chunk_print("second", 0, greeting, opened_ms=9_000), chunk_print("second", 1, message, opened_ms=9_000)]
    index.enroll(second)
    index.search_batch(second)

    match = index.search(chunk_print("third", 0, message, opened_ms=50_000))

    assert match is not None
    assert (match.campaign, match.call_id) == ("first", "second")


def test_chunks_of_one_batch_find_those_before_them_and_not_those_after(store: Store) -> None:
    index = ReplayIndex(store)
    batch = [chunk_print(f"call-{n}", 0, sound(1), caller="caller", opened_ms=n) for n in range(12)]
    index.enroll(batch)

    matches = index.search_batch(batch)

    assert matches[0] is None
    assert {match.campaign for match in matches[1:] if match} == {"call-0"}
    assert None not in matches[1:]
    assert len(calls_of(index, "call-0", "caller")) == 12


def test_feeding_everything_again_adds_nothing(store: Store) -> None:
    index = ReplayIndex(store)
    batch = [chunk_print(f"call-{n}", c, sound(c), caller="caller", opened_ms=n) for n in range(3) for c in range(2)]
    counts = []
    results = []
    for _ in range(2):
        index.enroll(batch)
        results.append(index.search_batch(batch))
        tables = ("postings", "fingerprint_calls", "replays", "campaign_calls")
        counts.append([rows(store, table) for table in tables])

    assert counts[0] == counts[1]
    assert counts[0][1] == 3
    assert results[0] == results[1]
    assert len(index.campaigns.hearings_of("call-0", "caller")) == 6


def test_hearings_told_twice_count_once_even_before_parts_are_merged(store: Store) -> None:
    campaigns = ReplayIndex(store).campaigns
    for _ in range(3):
        campaigns.record([Hearing("first", "caller", "a", 0, DAY_MS), Hearing("first", "caller", "b", 0, DAY_MS + 5)])
    campaigns.record([])

    assert [hearing.call_id for hearing in campaigns.hearings_of("first", "caller")] == ["a", "b"]


def test_a_large_campaign_is_found_although_few_of_its_rows_are_read(store: Store) -> None:
    index = ReplayIndex(store)
    index.enroll([chunk_print(f"call-{n}", 0, sound(1), opened_ms=n) for n in range(400)])

    match = index.search(chunk_print("late", 5, sound(1, lost=0.1), opened_ms=10_000))

    assert match is not None
    assert match.score > 0.8


def test_audio_without_landmarks_is_neither_kept_nor_found(store: Store) -> None:
    index = ReplayIndex(store)
    silent = chunk_print("silent", 0, landmarks(np.zeros((0, 2), np.int32)))
    index.enroll([silent])
    index.enroll([])

    assert index.search_batch([silent, silent]) == [None, None]
    assert index.search_batch([]) == []
    assert rows(store, "postings") == 0


def postings_of(found: Landmarks, call: str, offset: int) -> Postings:
    return Postings(
        keys=found.keys,
        calls=np.full(len(found.keys), call_number(call), np.uint64),
        ticks=found.ticks.astype(np.int64) + offset,
    )


def test_a_vote_needs_one_offset_not_just_the_same_landmarks() -> None:
    query = sound(1)
    scattered = postings_of(query, "a", 0)
    shuffled = Postings(scattered.keys, scattered.calls, np.random.default_rng(1).integers(0, 5000, len(query.keys)))

    assert [found.offset for found in vote(query, postings_of(query, "a", 700))] == [700]
    assert vote(query, shuffled) == []


def test_of_two_calls_the_better_one_comes_first_and_scores_are_shares() -> None:
    query, poorer = sound(1), sound(1, lost=0.25)
    both = [postings_of(query, "a", 100), postings_of(poorer, "b", 900)]
    joined = Postings(*(np.concatenate([getattr(part, name) for part in both]) for name in ("keys", "calls", "ticks")))

    found = vote(query, joined)

    assert [alignment.offset for alignment in found] == [100, 900]
    assert found[0].score == pytest.approx(1.0, abs=0.05)
    assert LEAST_SCORE <= found[1].score < found[0].score


def test_more_scattered_votes_make_a_match_less_certain() -> None:
    query = sound(1)
    good = postings_of(sound(1, lost=0.3), "a", 100)
    rng = np.random.default_rng(2)
    noisy = Postings(
        keys=np.concatenate([good.keys, np.repeat(query.keys, 20)]),
        calls=np.concatenate([good.calls, np.full(20 * len(query.keys), call_number("a"), np.uint64)]),
        ticks=np.concatenate([good.ticks, rng.integers(0, 3000, 20 * len(query.keys))]),
    )

    clean = vote(query, good)[0].chance

    assert clean < 1e-6
    assert all(found.chance > clean for found in vote(query, noisy))
