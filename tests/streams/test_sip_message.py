import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sip.message import BrokenSipError, looks_like_sip, parse_sip, user_of

INVITE = (
    b"INVITE sip:+49301234@pbx.example;user=phone SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK0\r\n"
    b'From: "Bob <tag=no>;tag=wrong" <sip:+4989777;npdi@192.0.2.1>;tag=abc\r\n'
    b"To: <sip:0301234@pbx.example>\r\n"
    b"Call-ID: one@192.0.2.1\r\n"
    b"CSeq: 314 INVITE\r\n"
    b"P-Asserted-Identity: <tel:+4989778>\r\n"
    b"Content-Length: 4\r\n\r\nv=0\n"
)


def test_the_fields_of_a_request():
    message = parse_sip(INVITE)
    assert (message.method, message.status, message.cseq, message.branch) == ("INVITE", 0, 314, "z9hG4bK1")
    assert (message.call_id, message.from_tag, message.to_tag) == ("one@192.0.2.1", "abc", "")
    assert (message.target, message.from_user, message.to_user) == ("+49301234", "+4989777", "0301234")
    assert message.asserted_user == "+4989778"
    assert message.body == b"v=0\n"


def test_a_response_has_the_method_it_answers():
    message = parse_sip(
        b"SIP/2.0 183 Session Progress\r\nf: <sip:a@h>;tag=1\r\nt: sip:b@h;tag=2\r\ni: x\r\nCSeq: 2 INVITE\r\n\r\n"
    )
    assert (message.method, message.status, message.from_tag, message.to_tag) == ("INVITE", 183, "1", "2")
    assert (message.from_user, message.to_user) == ("a", "b")


def test_folded_lines_bare_newlines_and_odd_case_are_understood():
    message = parse_sip(
        b"BYE sip:b@h SIP/2.0\nFROM:\n <sip:a@h>\n\t; TAG = 1\ncall-id : x\nTo: <sip:b@h>\nCSEQ: 3  BYE\n\n"
    )
    assert (message.method, message.from_tag, message.call_id, message.cseq) == ("BYE", "1", "x", 3)


def test_the_first_header_of_a_name_counts():
    assert parse_sip(INVITE.replace(b"Content-Length", b"Call-ID: two\r\nContent-Length")).call_id == "one@192.0.2.1"


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:alice:secret@h", "alice"),
        ("sips:%2B49@h", "+49"),
        ("tel:+49-30;phone-context=+49", "+49-30"),
        ("sip:192.0.2.1", ""),
        ("http://x@y", ""),
        ("*", ""),
    ],
)
def test_the_user_of_a_uri(uri: str, user: str):
    assert user_of(uri) == user


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"INVITE",
        INVITE.replace(b"SIP/2.0\r\nVia", b"HTTP/1.1\r\nVia"),
        INVITE.replace(b"Call-ID", b"Caller"),
        INVITE.replace(b"314 INVITE", b"many"),
        INVITE.replace(b"one@", b"x" * 5000),
        INVITE + bytes(70_000),
        b"SIP/2.0 999 No\r\n" + INVITE.partition(b"\r\n")[2],
    ],
)
def test_broken_messages_are_refused(data: bytes):
    with pytest.raises(BrokenSipError):
        parse_sip(data)


def test_only_sip_looks_like_sip():
    assert looks_like_sip(INVITE)
    assert looks_like_sip(b"SIP/2.0 200 OK")
    assert not any(looks_like_sip(data) for data in (b"", b"INVITE", b"GET / HTTP/1.1", b"\x80\0", b"invite sip:"))


@given(st.lists(st.tuples(st.integers(0, 500), st.binary(max_size=6)), max_size=10), st.integers(0, 500))
def test_mutated_messages_parse_or_are_refused(changes: list[tuple[int, bytes]], cut: int):
    data = INVITE[:cut] if cut % 2 else INVITE
    for at, new in changes:
        data = data[:at] + new + data[at + len(new) :]
    looks_like_sip(data)
    try:
        message = parse_sip(data)
    except BrokenSipError:
        return
    assert message.method
    assert message.cseq >= 0


@given(st.binary(max_size=400))
def test_arbitrary_headers_parse_or_are_refused(data: bytes):
    try:
        parse_sip(b"INVITE sip:a@b SIP/2.0\r\n" + data)
    except BrokenSipError:
        return
