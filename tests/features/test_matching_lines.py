from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from features.matching.hits import MAX_SHIFT, Hits, hits, merged, no_hits
from features.matching.lines import candidates, strongest


@dataclass
class Landmarks:
    keys: NDArray[np.uint32]
    frames: NDArray[np.int32]
    bins: NDArray[np.int32]


def landmarks(seed: int, count: int = 60, frames: int = 300) -> Landmarks:
    rng = np.random.default_rng(seed)
    keys = rng.integers(0, 1 << 22, count).astype(np.uint32)
    return Landmarks(keys, np.sort(rng.integers(0, frames, count)), rng.integers(20, 160, count).astype(np.int32))


def table(
    calls: dict[int, Landmarks],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int32], NDArray[np.int32]]:
    keys = np.concatenate([each.keys for each in calls.values()])
    numbers = np.concatenate([np.full(len(each.keys), call, np.uint32) for call, each in calls.items()])
    frames = np.concatenate([each.frames for each in calls.values()])
    bins = np.concatenate([each.bins for each in calls.values()])
    order = np.argsort(keys, kind="stable")
    return keys[order], numbers[order], frames[order], bins[order]


def heard(recording: Landmarks, *, at: int = 0, tempo: float = 1.0, up: int = 0) -> Landmarks:
    """The recording as a query: played from another moment, faster, higher."""
    frames = np.round((recording.frames - at) / tempo).astype(np.int32)
    return Landmarks(recording.keys, frames, recording.bins + up)


@pytest.mark.parametrize(
    ("at", "tempo", "up"), [(0, 1.0, 0), (-400, 1.0, 0), (30, 1.1, -6), (0, 0.9, 7), (-50, 1.12, 0)]
)
def test_the_line_tells_call_place_tempo_and_pitch(at: int, tempo: float, up: int) -> None:
    calls = {number: landmarks(number) for number in range(1, 40)}

    lines = candidates(hits(*table(calls), heard(calls[7], at=at, tempo=tempo, up=up)))

    best = lines[0]
    assert best.call == 7
    assert best.hits >= 55
    assert best.slope == pytest.approx(tempo, abs=0.01)
    assert best.frame - best.slope * best.query_frame == pytest.approx(at, abs=2.5)
    assert best.shift == pytest.approx(-up, abs=0.01)


def test_what_was_shifted_too_far_is_no_hit() -> None:
    calls = {1: landmarks(1)}

    assert len(hits(*table(calls), heard(calls[1], up=MAX_SHIFT))) == 60
    assert len(hits(*table(calls), heard(calls[1], up=MAX_SHIFT + 1))) == 0


def test_equal_keys_without_a_common_line_are_no_candidates() -> None:
    call = landmarks(1, count=12, frames=2000)
    query = Landmarks(call.keys, 2000 - call.frames, call.bins)

    assert not candidates(hits(*table({1: call}), query))


def test_a_message_whose_halves_changed_places_gives_both_lines() -> None:
    call = landmarks(3)
    swapped = Landmarks(call.keys, (call.frames + 150) % 300, call.bins)

    lines = candidates(hits(*table({3: call}), swapped))

    offsets = sorted(round(line.frame - line.slope * line.query_frame) for line in lines)
    assert [line.call for line in lines] == [3, 3]
    assert offsets[0] == pytest.approx(-150, abs=4)
    assert offsets[1] == pytest.approx(150, abs=4)


def test_order_of_rows_and_probes_does_not_matter() -> None:
    calls = {number: landmarks(number) for number in range(1, 20)}
    columns, query = table(calls), heard(calls[5])
    rng = np.random.default_rng(1)
    rows, asked = rng.permutation(len(columns[0])), rng.permutation(len(query.keys))

    shuffled = hits(
        columns[0][rows], columns[1][rows], columns[2][rows], columns[3][rows],
        Landmarks(query.keys[asked], query.frames[asked], query.bins[asked]),
    )  # fmt: skip

    assert candidates(shuffled) == candidates(hits(*columns, query))


def test_hits_of_two_chunks_add_up() -> None:
    call = landmarks(1, count=4, frames=250)
    call.frames[:] = [20, 40, 180, 200]
    columns, query = table({1: call}), heard(call, at=-500)
    early = query.frames < 625
    parts = [
        hits(*columns, Landmarks(query.keys[half], query.frames[half], query.bins[half])) for half in (early, ~early)
    ]

    assert [candidates(part)[0].hits for part in parts] == [2, 2]
    assert candidates(merged(parts))[0].hits == 4


def test_pruning_keeps_the_call_with_most_aligned_hits_and_bounds_the_rest() -> None:
    calls = {number: landmarks(1) if number == 77 else landmarks(number) for number in range(2, 200)}
    columns = table(calls)
    rng = np.random.default_rng(3)
    noise = Landmarks(
        *(column[rng.permutation(len(columns[0]))[:2000]] for column in (columns[0], columns[2], columns[3]))
    )
    query = Landmarks(
        *(np.concatenate([getattr(landmarks(1), part), getattr(noise, part)]) for part in ("keys", "frames", "bins"))
    )

    kept = strongest(hits(*columns, query), 5)

    assert len(set(kept.calls.tolist())) == 5
    assert candidates(kept)[0].call == 77


def test_nothing_gives_nothing() -> None:
    empty = no_hits()
    none = np.zeros(0, np.uint32)

    assert len(hits(none, none, none, none, landmarks(1))) == 0
    assert len(merged([])) == 0
    assert candidates(empty) == []
    assert len(strongest(empty, 3)) == 0


def test_columns_of_different_lengths_are_refused() -> None:
    keys, calls, frames, bins = table({1: landmarks(1)})
    with pytest.raises(ValueError, match="no table"):
        hits(keys[:-1], calls, frames, bins, landmarks(1))
    with pytest.raises(ValueError, match="no answer"):
        candidates(Hits(calls, frames, frames, bins, np.ones(60, np.float32)), top=0)
