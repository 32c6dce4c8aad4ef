"""The replay index as it grows: made-up calls, and the page."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from bench.machine import machine
from bench.replay_growth.made import CHUNKS, FRAMES, WORDS, Stock, made, stock
from bench.replay_growth.page import Growth, Level, Recall, write_growth
from features.fingerprint import BINS, CHUNK_FRAMES, FIRST_KEY, LAST_KEY, SHIFTS, Fingerprint


@pytest.fixture(scope="module")
def of() -> Stock:
    rng = np.random.default_rng(1)
    calls = []
    for _ in range(3):
        frames = 10 * CHUNK_FRAMES
        peaks = np.stack([np.sort(rng.integers(1, frames, 500)), rng.integers(0, BINS, 500)], axis=1).astype(np.int32)
        words = rng.integers(1, 1 << 32, (SHIFTS, frames), np.uint32)
        calls.append(Fingerprint(peaks, rng.uniform(1, 3, 500).astype(np.float32), words))
    return stock(calls)


def test_a_made_up_call_is_the_same_whichever_are_made_with_it(of: Stock) -> None:
    whose, rows, words = made(of, 0, 4)
    alone, own, said = made(of, 2, 1)

    assert np.array_equal(words[2], said[0])
    assert np.array_equal(np.sort(rows.keys[whose == 2]), np.sort(own.keys))
    assert set(alone.tolist()) == {0}
    assert not np.array_equal(words[1], words[2])


def test_made_up_calls_have_keys_of_this_version_and_frames_of_thirty_seconds(of: Stock) -> None:
    whose, rows, words = made(of, 10, 3)

    assert words.shape == (3, WORDS)
    assert set(whose.tolist()) == {0, 1, 2}
    assert rows.keys.min() >= FIRST_KEY
    assert rows.keys.max() <= LAST_KEY
    assert 0 <= rows.frames.min() <= rows.frames.max() < FRAMES == CHUNKS * CHUNK_FRAMES
    assert len(rows.keys) > 3 * 300


def test_calls_that_say_nothing_are_no_stock() -> None:
    nothing = Fingerprint(np.zeros((0, 2), np.int32), np.zeros(0, np.float32), np.zeros((SHIFTS, 500), np.uint32))
    with pytest.raises(ValueError, match="says enough"):
        stock([nothing])


def test_the_page_tells_cost_recall_and_chance_at_each_size(tmp_path: Path) -> None:
    levels = [
        Level(
            calls=calls, postings=1300 * calls, parts=5, rows=900, clickhouse_wall_ms=9.5, clickhouse_wall_p95_ms=20.0,
            clickhouse_cpu_ms=8.25, agent_cpu_ms=4.5, postings_bytes=10_100.0, words_bytes=3_700.0,
            inserted_per_cpu_s=4_000_000, counting_cpu_s=0.5, recalls=[Recall("clean", 5.0, 39, 40)],
            false={"5": 1}, chances={"5": [1.0, 0.5, 0.01, 0.002]},
        )
        for calls in (1000, 10_000)
    ]  # fmt: skip
    growth = Growth(
        began="2026-01-01T00:00:00+00:00", seconds=60.0, commit="abc", machine=machine(), known=450, queries=40,
        unknown=400, enrolment_s_per_cpu_s=900.0, levels=levels,
    )  # fmt: skip

    page, json = write_growth(growth, tmp_path)

    text = page.read_text()
    assert "python -m bench.replay_growth --calls 1000,10000 --queries 40 --unknown 400" in text
    assert "| clean | 0.975 (0.868 to 0.999) | 0.975 (0.868 to 0.999) |" in text
    assert "| 10,000 | 13,000,000 | 5 | 900 | 8.25 | 9.5 |" in text
    assert msgspec.json.decode(json.read_bytes(), type=Growth) == growth
    assert (tmp_path / "replay-growth-cost.svg").exists()
