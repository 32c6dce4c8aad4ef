"""Control lines: what may be told, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.live.lines import MAX_FORMATS, End, Open, parse_line, told_call
from streams.live.sources import Sources
from streams.sip.sdp import AudioFormat
from streams.tap import ToldError

OPEN = {"do": "open", "call": "c1", "source": "192.0.2.1:4000"}


def line(**fields: object) -> bytes:
    return json.dumps(OPEN | fields).encode()


def told(**fields: object) -> Open:
    found = parse_line(line(**fields))
    assert isinstance(found, Open)
    return found


def test_an_open_tells_all_that_sip_would_have() -> None:
    call = told_call(
        told(
            caller="+491234",
            callee="+495678",
            trunk="carrier",
            payload_types={"96": "L16/8000", "101": "telephone-event/8000"},
        )
    )
    assert (call.call, call.caller, call.callee, call.trunk, call.source) == (
        *("c1", "+491234", "+495678", "carrier"),
        "192.0.2.1:4000",
    )
    assert call.formats == {96: AudioFormat("l16", 8000, 1), 101: AudioFormat("telephone-event", 8000, 1)}


def test_an_address_is_known_by_the_spelling_that_packets_have() -> None:
    assert told_call(told(source="[2001:DB8:0:0::1]:4000")).source == "[2001:db8::1]:4000"


def test_a_source_of_several_calls_is_told_apart_by_ssrc() -> None:
    sources = Sources()
    here, anywhere = told_call(told(ssrc=7)).source, told_call(told(ssrc=8, source=None)).source
    assert here is not None
    assert anywhere is not None
    for name in (here, anywhere):
        sources.learn(name)
    rtp = bytes(8) + (7).to_bytes(4, "big") + bytes(160)
    assert sources.name("192.0.2.1:4000", rtp) == here
    assert sources.name("192.0.2.9:4000", rtp) == "192.0.2.9:4000"
    other = bytes(8) + (8).to_bytes(4, "big")
    assert sources.name("192.0.2.9:4000", other) == sources.name("192.0.2.1:4000", other) == anywhere


def test_an_end_needs_no_more_than_the_call() -> None:
    assert parse_line(b'{"do":"end","call":"c1"}') == End(call="c1")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"[]", "object"),
        (b'{"do":"hold","call":"c1"}', "hold"),
        (b'{"do":"end"}', "call"),
        (b'{"do":"end","call":""}', "length"),
        (b'{"do":"end","call":"c1","why":"bye"}', "why"),
        (line(caller="5" * 300), "length"),
        (line(ssrc=1 << 32), "ssrc"),
        (line(direction="both"), "both"),
        (line(payload_types={"128": "PCMU/8000"}), "127"),
        (line(payload_types={"0": "PCMU"}), "regex"),
        (line(payload_types={str(n): "PCMU/8000" for n in range(MAX_FORMATS + 1)}), "length"),
        (b'{"do":"open","call":"\xff"}', "(?i)utf-8"),
    ],
)
def test_what_is_no_line_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ToldError, match=reason):
        parse_line(data)


@pytest.mark.parametrize(
    "source", ["example.org:4000", "192.0.2.1", "192.0.2.1:0", "192.0.2.1:99999", "2001:db8::1:4000", ":4", "1.2.3.4:²"]
)
def test_a_source_must_be_an_address_with_a_port(source: str) -> None:
    with pytest.raises(ToldError, match="source"):
        told_call(told(source=source))


def test_an_open_without_source_and_ssrc_is_refused() -> None:
    with pytest.raises(ToldError, match="source"):
        told_call(told(source=None))


@given(st.binary(max_size=60) | st.sampled_from(["[" * 5000, '{"do":' * 3000]).map(str.encode))
def test_no_bytes_lead_to_anything_but_a_line_or_a_refusal(data: bytes) -> None:
    try:
        parse_line(data)
    except ToldError:
        return


@given(
    st.dictionaries(st.sampled_from([*Open.__struct_fields__, "do"]), st.text(max_size=5) | st.integers() | st.none())
)
def test_no_fields_lead_to_anything_but_a_call_or_a_refusal(fields: dict[str, object]) -> None:
    try:
        found = parse_line(json.dumps({"do": "open", "call": "c", **fields}).encode())
        assert not isinstance(found, Open) or told_call(found).source is not None
    except ToldError:
        return
