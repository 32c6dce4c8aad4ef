"""What to do about what is heard."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.call_state import ChunkLabel, call_label
from models.classifier import LABELS
from schemas.records import Cause, ListEntry, ListScope, Phase
from streams.policy import SEVERITY, Policy, PolicyError


def policy(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.yaml"
    path.write_text(text)
    return Policy.load(path)


def decide(
    of: Policy,
    cause: Cause = "audio",
    label: str = "dead_air",
    probability: float = 1.0,
    chunks: int = 1,
    phase: Phase = "answered",
) -> str:
    return of.decide(cause=cause, label=label, probability=probability, chunks=chunks, phase=phase)


def test_the_shipped_policy_turns_away_only_what_is_sure() -> None:
    shipped = Policy.load()
    assert decide(shipped, "white", "recording") == "allow"
    assert decide(shipped, "black", "undecided") == "block"
    assert decide(shipped, label="dead_air", probability=0.8, chunks=2) == "challenge"
    assert decide(shipped, label="dead_air", probability=0.79, chunks=2) == "allow"
    assert decide(shipped, label="dead_air", chunks=1) == "allow"
    assert decide(shipped, label="speech", chunks=9) == "allow"
    assert not shipped.dry_run


@pytest.mark.parametrize("cause", ["audio", "tone", "replay", "black"])
def test_nothing_is_blocked_in_early_media(tmp_path: Path, cause: Cause) -> None:
    strict = policy(tmp_path, "{version: '1', rules: [{action: block}]}")
    assert decide(strict, cause, phase="early_media") == "tag"
    assert decide(strict, cause, phase="answered") == "block"
    assert decide(strict, cause, phase="unknown") == "block"


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    two = policy(tmp_path, "{version: '1', rules: [{label: fax, action: divert}, {action: tag}]}")
    assert (decide(two, label="fax"), decide(two, label="noise")) == ("divert", "tag")


def test_where_no_rule_fits_the_call_is_allowed(tmp_path: Path) -> None:
    assert decide(policy(tmp_path, "{version: '1', rules: []}")) == "allow"


def test_the_kill_switch_allows_everything(tmp_path: Path) -> None:
    off = policy(tmp_path, "{version: '1', kill_switch: true, rules: [{action: block}]}")
    assert decide(off, "black") == "allow"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expected `object`"),
        ("[1", "expected"),
        ("{rules: []}", "version"),
        ("{version: '1', rules: [{action: shout}]}", "shout"),
        ("{version: '1', rules: [{action: tag, lable: fax}]}", "lable"),
        ("{version: '1', rules: [{action: tag, label: faks}]}", "faks"),
        ("{version: '1', rules: [{action: tag, cause: luck}]}", "luck"),
        ("{version: '1', rules: [{action: tag, probability: high}]}", "probability"),
        ("{version: 1, rules: []}", "str"),
    ],
)
def test_a_file_that_says_what_no_policy_has_is_refused_by_name_and_place(
    tmp_path: Path, text: str, reason: str
) -> None:
    with pytest.raises(PolicyError, match=reason) as caught:
        policy(tmp_path, text)
    assert "policy.yaml" in str(caught.value)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="gone"):
        Policy.load(tmp_path / "gone.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match=r"bytes\.yaml"):
        Policy.load(tmp_path / "bytes.yaml")


@pytest.mark.parametrize("text", ["{version: '1', rules: [{action: tag, probability: .nan}]}", "\x00"])
def test_what_yaml_lets_through_or_chokes_on_is_refused_too(tmp_path: Path, text: str) -> None:
    try:
        odd = policy(tmp_path, text)
    except PolicyError:
        return
    assert decide(odd) == "allow"


@pytest.mark.parametrize(
    ("scope", "actor", "action"),
    [
        ("caller", "rule:repeated-recording@1", "block"),
        ("prefix", "person:somebody", "block"),
        ("campaign", "person:somebody", "block"),
        ("campaign", "rule:shared-recording@1", "challenge"),  # hold music comes from many callers too
        ("campaign", "rule:shared-recording@1, accepted by person:somebody", "challenge"),
        ("prefix", "rule:caller-range@1", "challenge"),  # callers in it were never heard playing anything
        ("trunk", "rule:trunk@1", "challenge"),
        ("trunk", "person:somebody", "block"),
    ],
)
def test_the_shipped_policy_blocks_no_campaign_range_or_trunk_that_only_a_rule_has_listed(
    scope: ListScope, actor: str, action: str
) -> None:
    entry = ListEntry(kind="black", scope=scope, value="v", created_ms=0, actor=actor, reason="r")
    asked = {"cause": "black", "label": "recording", "probability": 1.0, "chunks": 1, "phase": "answered"}
    assert Policy.load().decide(**asked, entry=entry) == action  # type: ignore[arg-type]


def test_a_rule_of_entries_fits_no_verdict_without_one(tmp_path: Path) -> None:
    strict = policy(tmp_path, "{version: '1', rules: [{by: rule, action: block}, {scope: caller, action: block}]}")
    assert decide(strict) == "allow"


CHUNKS = st.lists(st.builds(ChunkLabel, st.sampled_from(LABELS), st.floats(0.0, 1.0)), min_size=1, max_size=9)
SHIPPED = Policy.load()


def acts(history: list[ChunkLabel], phase: Phase = "answered") -> str:
    """What the shipped policy does about a chunk, or about the call after it; the more severe."""
    call, newest = call_label(history), history[-1]
    return max(
        decide(SHIPPED, label=newest.label, probability=newest.probability, phase=phase),
        decide(SHIPPED, label=call.label, probability=call.probability, chunks=call.chunks, phase=phase),
        key=SEVERITY.index,
    )


@settings(deadline=None)
@given(CHUNKS, st.sampled_from(["early_media", "answered", "unknown"]))
def test_no_sound_and_no_silence_is_ever_blocked(history: list[ChunkLabel], phase: Phase) -> None:
    assert acts(history, phase) != "block"


@settings(deadline=None)
@given(CHUNKS.map(lambda chunks: [chunk for chunk in chunks if chunk.label not in ("fax", "modem")]))
def test_what_is_no_machine_is_challenged_at_most(history: list[ChunkLabel]) -> None:
    if history:
        assert SEVERITY.index(acts(history)) <= SEVERITY.index("challenge")


@settings(deadline=None)
@given(st.integers(1, 8), st.floats(0.0, 1.0), st.floats(0.7, 1.0))
def test_dead_air_that_turns_into_speech_is_let_go_by_the_chunk_that_speaks(
    quiet: int, sure: float, spoken: float
) -> None:
    history = [ChunkLabel("dead_air", sure)] * quiet
    assert SEVERITY.index(acts(history)) <= SEVERITY.index("challenge")
    assert acts([*history, ChunkLabel("speech", spoken)]) == "allow"
