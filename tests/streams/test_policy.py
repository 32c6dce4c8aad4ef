"""What to do about what is heard."""

from pathlib import Path

import pytest

from schemas.records import Cause, ListEntry, ListScope, Phase
from streams.policy import Policy, PolicyError


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
    ],
)
def test_the_shipped_policy_blocks_no_campaign_that_only_a_rule_has_listed(
    scope: ListScope, actor: str, action: str
) -> None:
    entry = ListEntry(kind="black", scope=scope, value="v", created_ms=0, actor=actor, reason="r")
    asked = {"cause": "black", "label": "recording", "probability": 1.0, "chunks": 1, "phase": "answered"}
    assert Policy.load().decide(**asked, entry=entry) == action  # type: ignore[arg-type]


def test_a_rule_of_entries_fits_no_verdict_without_one(tmp_path: Path) -> None:
    strict = policy(tmp_path, "{version: '1', rules: [{by: rule, action: block}, {scope: caller, action: block}]}")
    assert decide(strict) == "allow"
