from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import ListEntry, NumberHash
from streams.campaigns import Hearing
from streams.lists.rule import MOST_CALLS, RENEWED_AFTER_MS
from streams.lists.rules import Rules, RulesError

CALLER = NumberHash(number="c0ffee")
DAY_MS = 86_400_000


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


def shared(*callers: str, chunks: int = 2) -> list[Hearing]:
    """One call of each of some callers, all chunks a second apart."""
    return [
        Hearing("first", caller, f"call-{call}", chunk, 1000 * (call * chunks + chunk))
        for call, caller in enumerate(callers)
        for chunk in range(chunks)
    ]


def test_a_recording_of_many_callers_makes_an_entry_of_the_campaign() -> None:
    rule = Rules.load().shared_recording
    assert rule is not None
    heard = shared(*(f"caller-{n % 5}" for n in range(12)))

    entry = rule.entry("first", heard, score=0.6, confidence=0.99)

    assert entry is not None
    assert (entry.kind, entry.scope, entry.value, entry.campaign) == ("black", "campaign", "first", "first")
    assert (entry.key_id, entry.actor) == (None, "rule:shared-recording@1")
    assert entry.created_ms == 19_000  # the second chunk of the tenth call
    assert entry.expires_ms == 23_000 + 7 * DAY_MS
    assert entry.calls == [f"call-{n}" for n in range(12)]
    assert "5 callers in 12 calls" in entry.reason


@pytest.mark.parametrize(
    "heard",
    [
        shared(*(f"caller-{n % 4}" for n in range(40))),  # too few callers
        shared(*(f"caller-{n}" for n in range(9)), chunks=9),  # too few calls
        shared(*(f"caller-{n}" for n in range(19)), chunks=1),  # too few chunks
        shared(*([""] * 40)),  # nobody tells who calls
        [],
    ],
)
def test_less_than_the_shared_rule_asks_for_makes_no_entry(heard: list[Hearing]) -> None:
    rule = Rules.load().shared_recording
    assert rule is not None
    assert rule.entry("first", heard, score=0.6, confidence=1.0) is None


def test_one_caller_under_two_keys_is_one_caller() -> None:
    rule = Rules.load().shared_recording
    assert rule is not None
    heard = shared(*(f"{key}-{n}" for key in ("old", "new") for n in range(4)), "old-0", "new-1", chunks=4)

    assert rule.entry("first", heard, score=0.6, confidence=1.0) is not None  # eight callers, as it looks
    same = {f"old-{n}": f"new-{n}" for n in range(4)}
    assert rule.entry("first", heard, score=0.6, confidence=1.0, aliases=same) is None


heard_anything = st.lists(
    st.builds(
        Hearing,
        campaign=st.just("first"),
        caller=st.sampled_from(["", *(f"caller-{n}" for n in range(7))]),
        call_id=st.integers(0, 14).map(lambda n: f"call-{n}"),
        chunk=st.integers(0, 3),
        heard_ms=st.integers(0, 10**6),
    ),
    max_size=80,
)


def _made(rules: Rules, heard: list[Hearing]) -> str:
    assert rules.shared_recording is not None
    of_campaign = rules.shared_recording.entry("first", heard, score=0.5, confidence=1.0)
    of_caller = rules.repeated_recording.entry(CALLER, "k", heard, score=0.5, confidence=1.0)
    return repr((of_campaign, of_caller))


@given(heard=heard_anything, seed=st.integers(0, 2**32))
def test_order_and_repeats_of_what_was_heard_change_no_entry(heard: list[Hearing], seed: int) -> None:
    rules = Rules.load()
    rng = Random(seed)
    again = rng.sample(heard, len(heard)) + rng.choices(heard, k=5 if heard else 0)
    rng.shuffle(again)
    assert len({_made(rules, one) for one in (heard, again)}) == 1


@given(heard=heard_anything, more=heard_anything)
def test_what_is_heard_later_changes_neither_the_beginning_nor_the_fact_of_an_entry(
    heard: list[Hearing], more: list[Hearing]
) -> None:
    rule = Rules.load().shared_recording
    assert rule is not None
    later = [Hearing(h.campaign, h.caller, f"later-{h.call_id}", h.chunk, h.heard_ms + 2_000_000) for h in more]

    before = rule.entry("first", heard, score=0.5, confidence=1.0)
    after = rule.entry("first", heard + later, score=0.5, confidence=1.0)

    if before is not None:
        assert after is not None
        assert after.created_ms == before.created_ms
        assert (after.expires_ms or 0) >= (before.expires_ms or 0)


def known(*, calls: int, actor: str = "rule:x@1", expires_ms: int | None = 30 * DAY_MS) -> ListEntry:
    evidence = [f"call-{n}" for n in range(calls)]
    return ListEntry(
        kind="black",
        scope="caller",
        value="v",
        created_ms=0,
        actor=actor,
        reason="r",
        calls=evidence,
        expires_ms=expires_ms,
    )


@pytest.mark.parametrize(
    ("entry", "call", "heard_ms", "renews"),
    [
        (known(calls=3), "another", 1, True),
        (known(calls=3), "call-2", 1, False),
        (known(calls=MOST_CALLS), "another", RENEWED_AFTER_MS - 1, False),
        (known(calls=MOST_CALLS), "another", RENEWED_AFTER_MS, True),
        (known(calls=3, actor="person:somebody"), "another", 1, False),
        (known(calls=3, actor="person:somebody", expires_ms=None), "another", 1, False),
    ],
)
def test_an_entry_is_renewed_by_further_calls_but_never_a_persons(
    entry: ListEntry, call: str, heard_ms: int, renews: bool
) -> None:
    assert Rules.load().repeated_recording.renews(entry, call, heard_ms) is renews


def test_rules_of_before_the_shared_rule_leave_it_off(tmp_path: Path) -> None:
    assert rules(tmp_path).shared_recording is None
