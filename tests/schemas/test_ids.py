"""Identifiers are functions of what they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import call_id_of_flow, call_id_of_sip, list_key, partition_of, stream_id, verdict_id


def murmur2(data: bytes) -> int:
    """Kafka's hash, from the description in org.apache.kafka.common.utils.Utils: MurmurHash2, 32 bits, a fixed seed."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = (h * m & mask) ^ k
    if len(data) > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_kafkas_hash_has_its_published_values() -> None:
    assert murmur2(b"21") == -973932308 & 0xFFFFFFFF
    assert murmur2(b"foobar") == -790332482 & 0xFFFFFFFF


def test_ids_are_128_bits_in_hex_and_do_not_change_between_runs() -> None:
    assert call_id_of_sip("a", "b") == call_id_of_sip("a", "b")
    assert len(bytes.fromhex(call_id_of_sip("a", "b"))) == 16


def test_where_one_part_ends_and_the_next_begins_matters() -> None:
    assert call_id_of_sip("ab", "c") != call_id_of_sip("a", "bc")
    assert verdict_id("s", 1, "call", "tone", "cng") != verdict_id("s", 1, "call", "tonecng", "")


def test_ids_of_different_things_with_the_same_parts_differ() -> None:
    ids = {
        call_id_of_flow("a:1", "b:2", 3, 4),
        stream_id("a:1", "b:2", 3, "4", 5, 6),
        verdict_id("a:1", 3, "b:2", "4", ""),
        call_id_of_sip("a:1", "b:2"),
    }
    assert len(ids) == 4


@pytest.mark.parametrize("place", range(6))
def test_a_stream_differs_in_each_of_its_parts(place: int) -> None:
    parts: list[object] = ["call", "caller", 1, "tap", 2, 3]
    changed = [*parts[:place], f"{parts[place]}9", *parts[place + 1 :]]
    assert stream_id(*parts) != stream_id(*changed)  # type: ignore[arg-type]


def test_names_that_are_no_text_have_ids_too() -> None:
    assert call_id_of_sip("\udcff", "x") != call_id_of_sip("\udcfe", "x")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(1, 1000))
def test_a_call_lies_where_kafkas_own_partitioner_would_put_it(call_id: str, partitions: int) -> None:
    assert partition_of(call_id, partitions) == (murmur2(call_id.encode()) & 0x7FFFFFFF) % partitions


def test_a_topic_without_partitions_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one partition"):
        partition_of("x", 0)


def test_the_key_of_a_list_entry_names_kind_scope_and_value() -> None:
    assert list_key("black", "caller", "abc") == "black:caller:abc"
