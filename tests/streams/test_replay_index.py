"""The index as a library: audio in, calls found; on real stores."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from features.fingerprint import FINGERPRINT_VERSION
from streams.replay import ReplayIndex
from streams.replay.versions import IndexVersionError
from streams.store import Store, StoreError

Pcm = NDArray[np.int16]
RATE = 8000


def speech(seed: int, seconds: float) -> Pcm:
    """Syllables: harmonics that glide, of random pitch, colour and length, with little pauses."""
    rng = np.random.default_rng(seed)
    parts = [np.zeros(400)]
    while sum(map(len, parts)) < seconds * RATE:
        n = int(rng.uniform(0.08, 0.25) * RATE)
        pitch = np.linspace(rng.uniform(90, 220), rng.uniform(90, 220), n)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        heights = np.exp(-0.5 * ((np.arange(1, 21) * pitch.mean() - rng.uniform(300, 2500)) / 500) ** 2) + 0.1
        tone = sum(height * np.sin(k * phase) for k, height in enumerate(heights, start=1))
        parts += [4000 * np.hanning(n) * tone / heights.sum(), np.zeros(int(rng.uniform(0, 0.08) * RATE))]
    wave = np.concatenate(parts)[: int(seconds * RATE)]
    return (wave + rng.normal(0, 20, len(wave))).astype(np.int16)


@pytest.fixture
def index(store: Store) -> Iterator[ReplayIndex]:
    with ReplayIndex(store) as opened:
        yield opened


def test_a_piece_of_a_call_is_found_where_it_lies_in_it(index: ReplayIndex) -> None:
    calls = {f"call-{n}": speech(n, 12) for n in range(4)}
    for name, pcm in calls.items():
        kept = index.enroll(name, pcm)
        assert kept.chunks >= 6
        assert 6 < kept.usable_s <= 12.2

    rng = np.random.default_rng(0)
    piece = (calls["call-2"][30_000:70_000] * 0.4 + rng.normal(0, 60, 40_000)).astype(np.int16)
    (match,) = index.search(piece)

    assert match.call_id == "call-2"
    assert match.offset_s == pytest.approx(3.75, abs=0.05)
    assert match.pitch == pytest.approx(1.0, abs=0.02)
    assert match.tempo == pytest.approx(1.0, abs=0.02)
    assert match.score > 0.65
    assert match.false_match_probability < 1e-4


def test_what_is_in_no_call_is_not_found(index: ReplayIndex) -> None:
    index.enroll("call", speech(1, 10))
    assert index.search(speech(2, 5)) == []


def test_silence_before_the_query_moves_its_offset(index: ReplayIndex) -> None:
    call = speech(1, 12)
    index.enroll("call", call)
    late = np.concatenate([np.zeros(5 * RATE, np.int16), call[16_000:56_000]])

    (match,) = index.search(late)

    assert match.offset_s == pytest.approx(-3.0, abs=0.05)


def test_a_call_enrolled_twice_counts_once(index: ReplayIndex, store: Store) -> None:
    call = speech(1, 8)
    assert index.enroll("call", call, opened_ms=1) == index.enroll("call", call, opened_ms=1)
    assert [match.call_id for match in index.search(call[:40_000])] == ["call"]
    store.execute("OPTIMIZE TABLE fingerprints FINAL")
    assert store.query("SELECT count() AS n FROM fingerprints") == [{"n": 4}]


def test_no_more_calls_than_asked_for_are_told_the_surest_first(index: ReplayIndex) -> None:
    call = speech(1, 6)
    for n in range(4):
        noise = np.random.default_rng(n).normal(0, 40.0 * n, len(call))
        index.enroll(f"call-{n}", (call + noise).astype(np.int16))

    found = index.search(call, limit=3)

    assert len(found) == 3
    chances = [match.false_match_probability for match in found]
    assert chances == sorted(chances)


def test_a_forgotten_call_is_found_no_more(index: ReplayIndex) -> None:
    call = speech(1, 6)
    index.enroll("call", call)
    index.forget("call")
    index.forget("nobody's")
    assert index.search(call) == []
    assert index.purge() == 2
    index.enroll("call", call)
    assert [match.call_id for match in index.search(call)] == ["call"]


@pytest.mark.parametrize("samples", [0, 1, 1023, 1024, 16_001])
def test_silence_of_any_length_stores_nothing_and_says_so(index: ReplayIndex, store: Store, samples: int) -> None:
    silence = np.zeros(samples, np.int16)
    kept = index.enroll("silent", silence)
    assert (kept.chunks, kept.usable_s) == (0, 0.0)
    assert index.search(silence) == []
    assert store.query("SELECT count() AS n FROM replay_postings") == [{"n": 0}]


def test_one_sample_is_no_call(index: ReplayIndex) -> None:
    assert index.enroll("click", np.array([32_000], np.int16)).chunks == 0
    assert index.search(np.array([32_000], np.int16)) == []


@pytest.mark.parametrize(
    ("pcm", "error"),
    [
        (np.zeros(8000, np.float32), TypeError),
        (np.zeros((2, 8000), np.int16), ValueError),
    ],
)
def test_what_is_no_audio_is_refused(index: ReplayIndex, pcm: Pcm, error: type[Exception]) -> None:
    with pytest.raises(error):
        index.enroll("call", pcm)
    with pytest.raises(error):
        index.search(pcm)


def test_a_call_without_a_name_and_a_limit_of_none_are_refused(index: ReplayIndex) -> None:
    with pytest.raises(ValueError, match="name"):
        index.enroll("", speech(1, 1))
    with pytest.raises(ValueError, match="can't be found"):
        index.search(speech(1, 1), limit=0)


def test_an_index_of_a_newer_version_is_refused_and_of_an_older_one_told(store: Store) -> None:
    store.insert("fingerprints", {"call_id": ["a", "b"], "version": [FINGERPRINT_VERSION - 1] * 2})
    assert ReplayIndex(store).ignored == {FINGERPRINT_VERSION - 1: 2}
    store.insert("fingerprints", {"call_id": ["c"], "version": [FINGERPRINT_VERSION + 1]})
    with pytest.raises(IndexVersionError, match=f"holds fingerprints of version {FINGERPRINT_VERSION + 1}"):
        ReplayIndex(store)


def test_an_address_that_is_no_stores_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        ReplayIndex(f"sqlite://{tmp_path}")


@pytest.mark.slow
def test_an_hour_of_a_constant_tone_stores_nothing(index: ReplayIndex) -> None:
    tone = (8000 * np.sin(2 * np.pi * 425 * np.arange(3600 * RATE) / RATE)).astype(np.int16)
    kept = index.enroll("tone", tone)
    assert (kept.chunks, kept.usable_s) == (0, 0.0)
    assert index.search(tone[: 60 * RATE]) == []


@pytest.mark.long
def test_of_half_an_hour_the_first_seventeen_minutes_are_kept_and_found(index: ReplayIndex) -> None:
    call = speech(1, 1800)
    kept = index.enroll("long", call)
    assert 500 <= kept.chunks <= 524
    assert kept.usable_s > 900
    (match,) = index.search(call[900 * RATE : 905 * RATE])
    assert match.offset_s == pytest.approx(900.0, abs=0.1)
    assert index.search(call[1500 * RATE : 1505 * RATE]) == []
    assert [match.call_id for match in index.search(call)] == ["long"]
