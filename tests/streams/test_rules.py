from pathlib import Path

import pytest

from schemas.records import NumberHash
from streams.lists.rules import MOST_CALLS, Rules, RulesError
from streams.replay.campaigns import Hearing

CALLER = NumberHash(number="c0ffee")


def hearings(*chunks_of_calls: int) -> list[Hearing]:
    """Calls after each other, each with so many chunks heard; a second apart."""
    calls = [(call, chunk) for call, chunks in enumerate(chunks_of_calls) for chunk in range(chunks)]
    return [Hearing("first", "c0ffee", f"call-{call}", chunk, 1000 * n) for n, (call, chunk) in enumerate(calls)]


def rules(tmp_path: Path, **changes: object) -> Rules:
    fields = {"version": 2, "calls": 3, "chunks": 5, "expires_days": 10} | changes
    path = tmp_path / "rules.yaml"
    path.write_text("version: 1\nrepeated_recording: {" + ", ".join(f"{k}: {v}" for k, v in fields.items()) + "}")
    return Rules.load(path)


def test_the_rules_that_come_with_callsieve_ask_for_three_calls() -> None:
    rule = Rules.load().repeated_recording

    assert rule.entry(CALLER, "k1", hearings(3, 3), score=0.6, confidence=1.0) is None
    assert rule.entry(CALLER, "k1", hearings(3, 3, 1), score=0.6, confidence=1.0) is not None


def test_an_entry_is_a_function_of_what_was_heard(tmp_path: Path) -> None:
    heard = hearings(2, 2, 2, 2)

    entry = rules(tmp_path).repeated_recording.entry(CALLER, "k1", heard, score=0.6, confidence=0.99)

    assert entry is not None
    assert (entry.kind, entry.scope, entry.value, entry.key_id) == ("black", "caller", "c0ffee", "k1")
    assert entry.campaign == "first"
    assert entry.calls == ["call-0", "call-1", "call-2", "call-3"]
    assert entry.created_ms == 4000  # the first chunk of the third call
    assert entry.expires_ms == 7000 + 10 * 86_400_000
    assert entry.actor == "rule:repeated-recording@2"
    assert "4 calls" in entry.reason


def test_a_phrase_that_three_calls_share_in_one_chunk_each_is_too_little(tmp_path: Path) -> None:
    rule = rules(tmp_path).repeated_recording

    assert rule.entry(CALLER, None, hearings(1, 1, 1), score=0.6, confidence=1.0) is None
    assert rule.entry(CALLER, None, hearings(1, 1, 1, 1, 1), score=0.6, confidence=1.0) is not None


def test_the_evidence_is_bounded(tmp_path: Path) -> None:
    entry = rules(tmp_path).repeated_recording.entry(CALLER, None, hearings(*[1] * 300), score=0.6, confidence=1.0)

    assert entry is not None
    assert len(entry.calls) == MOST_CALLS


def test_a_rule_can_be_turned_off(tmp_path: Path) -> None:
    rule = rules(tmp_path, enabled="false").repeated_recording

    assert rule.entry(CALLER, None, hearings(5, 5, 5), score=0.6, confidence=1.0) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 7\nrepeated_recording: {version: 1, calls: 3, chunks: 1, expires_days: 1}", "7"),
        ("version: 1", "repeated_recording"),
        ("version: 1\nrepeated_recording: {version: 1, calls: 1, chunks: 1, expires_days: 1}", "calls"),
        ("version: 1\nrepeated_recording: {version: 1, call: 3, chunks: 1, expires_days: 1}", "call"),
        ("{", "rules.yaml"),
        ("\x00", "rules.yaml"),
        ("[" * 5000, "rules.yaml"),
        ("# " + "x" * 70_000, "too many"),
    ],
)
def test_rules_that_say_something_else_are_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)

    with pytest.raises(RulesError, match=message):
        Rules.load(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="No such file"):
        Rules.load(tmp_path / "none.yaml")
