"""Blocks of a packet ring, as the kernel lays them out."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from streams.live.ring import BLOCK_BYTES, block_frames

FIRST = 48  # after the block's own header
LINK = 82  # after a frame's header and its address

frame_lists = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 10**9 - 1), st.binary(max_size=80)), max_size=9
)


def block(frames: list[tuple[int, int, bytes]], size: int = 4096) -> bytearray:
    """A block as TPACKET_V3 has it."""
    data = bytearray(size)
    struct.pack_into("=IIIII", data, 0, 3, 0, 1, len(frames), FIRST)
    at = FIRST
    for number, (seconds, nanoseconds, content) in enumerate(frames):
        step = (LINK + len(content) + 15) // 16 * 16
        following = step if number + 1 < len(frames) else 0
        struct.pack_into(
            "=IIIIIIHH", data, at, following, seconds, nanoseconds, len(content), len(content), 1, LINK, LINK + 14
        )
        data[at + LINK : at + LINK + len(content)] = content
        at += step
    return data


@given(frame_lists)
def test_every_frame_of_a_block_comes_out_once_with_its_time(frames: list[tuple[int, int, bytes]]) -> None:
    read = list(block_frames(bytes(block(frames)), 0, 4096))
    assert read == [(s * 1_000_000 + ns // 1000, content) for s, ns, content in frames]


@given(frame_lists, st.integers(1, 3))
def test_a_block_is_read_wherever_it_lies_in_the_ring(frames: list[tuple[int, int, bytes]], place: int) -> None:
    ring = bytes(b"\xff" * 4096 * place + bytes(block(frames)))
    assert [data for _, data in block_frames(ring, 4096 * place, 4096)] == [content for *_, content in frames]


@given(st.binary(min_size=512, max_size=512))
def test_whatever_a_block_holds_nothing_outside_of_it_is_read(noise: bytes) -> None:
    memory = noise + b"secret" * 100
    assert all(len(data) <= 512 and b"secret" not in data for _, data in block_frames(memory, 0, 512))


def test_blocks_are_whole_pages() -> None:
    assert BLOCK_BYTES % 4096 == 0
