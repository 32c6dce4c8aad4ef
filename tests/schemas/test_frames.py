"""The columns of a segment."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.frames import MAX_FRAMES, BrokenSegmentError, Frame, pack, unpack
from schemas.records import Segment

MS = 1_700_000_000_000


def segment(**columns: Any) -> Segment:
    return Segment(
        kind="audio", call_id="c", direction="caller", ssrc=1, anchor=0, chunk=0, begun=0, captured_ms=MS, **columns
    )


frames = st.builds(
    Frame,
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    captured_us=st.integers(MS * 1000 - 10**9, MS * 1000 + 10**9),
    marker=st.booleans(),
    payload_type=st.integers(0, 127),
    encoding=st.integers(0, 5),
    payload=st.binary(max_size=300),
)


@given(st.lists(frames, max_size=20))
def test_frames_come_back_from_their_columns(packed: list[Frame]) -> None:
    columns = unpack(segment(**pack(packed, MS)))
    assert columns.sequence.tolist() == [f.sequence for f in packed]
    assert columns.timestamp.tolist() == [f.timestamp for f in packed]
    assert columns.marker.tolist() == [f.marker for f in packed]
    assert columns.payload_type.tolist() == [f.payload_type for f in packed]
    assert columns.encoding.tolist() == [f.encoding for f in packed]
    ends = columns.start + columns.length
    payloads = [columns.payload[a:b] for a, b in zip(columns.start.tolist(), ends.tolist(), strict=True)]
    assert payloads == [f.payload for f in packed]
    told = np.array([f.captured_us / 1000 for f in packed])
    assert np.all(np.abs(columns.captured_ms - told) < 0.1001)


ONE = pack([Frame(1, 2, MS * 1000, False, 0, 0, b"abc")], MS)


@pytest.mark.parametrize("column", ["sequence", "timestamp", "arrival", "marker", "payload_type", "length"])
def test_a_column_of_another_length_is_named(column: str) -> None:
    with pytest.raises(BrokenSegmentError, match=f"column {column}"):
        unpack(segment(**{**ONE, column: ONE[column] + b"\0"}))


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(BrokenSegmentError, match="unknown encoding"):
        unpack(segment(**{**ONE, "encoding": b"\6"}))


@pytest.mark.parametrize("payload", [b"", b"ab", b"abcd"])
def test_a_payload_of_another_length_than_its_frames_is_refused(payload: bytes) -> None:
    with pytest.raises(BrokenSegmentError, match="payload"):
        unpack(segment(**{**ONE, "payload": payload}))


def test_a_segment_holds_so_many_frames_and_no_more() -> None:
    frame = Frame(1, 2, MS * 1000, False, 0, 0, b"")
    assert len(unpack(segment(**pack([frame] * MAX_FRAMES, MS))).sequence) == MAX_FRAMES
    with pytest.raises(BrokenSegmentError, match="at most"):
        unpack(segment(**pack([frame] * (MAX_FRAMES + 1), MS)))


def test_a_segment_without_frames_has_empty_columns() -> None:
    assert len(unpack(segment()).sequence) == 0


@given(st.binary(max_size=12), st.binary(max_size=12), st.binary(max_size=12))
def test_any_columns_are_frames_or_broken(sequence: bytes, encoding: bytes, length: bytes) -> None:
    try:
        columns = unpack(segment(**{**ONE, "sequence": sequence, "encoding": encoding, "length": length}))
    except BrokenSegmentError:
        return
    assert len(columns.sequence) == len(columns.encoding) == len(columns.length)
