import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.rtp.event import BrokenEventError, EventPayload, parse_event


def test_the_fields_of_a_report():
    assert parse_event(bytes([11, 0x80 | 10, 0x08, 0xC0])) == EventPayload(11, True, 10, 2240)


def test_the_reserved_bit_is_ignored():
    assert parse_event(bytes([1, 0x40 | 63, 0, 0])) == EventPayload(1, False, 63, 0)


@pytest.mark.parametrize("size", [0, 1, 3, 5, 7])
def test_a_part_of_a_report_is_refused(size: int):
    with pytest.raises(BrokenEventError):
        parse_event(bytes(size))


@given(st.binary(max_size=24))
def test_arbitrary_bytes_parse_or_are_refused(data: bytes):
    try:
        event = parse_event(data)
    except BrokenEventError:
        assert not data or len(data) % 4
        return
    assert bytes([event.event]) == data[:1]
    assert 0 <= event.volume <= 63
    assert 0 <= event.duration <= 0xFFFF
