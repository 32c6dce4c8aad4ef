"""Lists as they are lived with, on real parts: a campaign, a rotation of keys, every command, no number anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lists_world import (
    LISTED,
    NEW_FACE,
    NEW_KEY,
    OLD_KEY,
    OTHERS,
    ROBOT,
    UNDER_BOTH,
    UNDER_OLD,
    ListsWorld,
    Ran,
    lists_world,
    planned,
    poison,
    read_verdicts,
    spellings,
)
from pipeline_world import wait_until_done

from schemas.records import Verdict
from streams.classify.current import CurrentVerdicts
from streams.numbers import NumberHasher
from streams.store.queries import ask

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(400)]

OLD, NEW = NumberHasher(OLD_KEY.encode(), "old"), NumberHasher(NEW_KEY.encode(), "new")


@dataclass
class Lived:
    """What a run has left behind."""

    world: ListsWorld
    verdicts: list[Verdict]
    entries: dict[str, dict[str, Any]]
    ran: dict[str, Ran] = field(default_factory=dict)
    said: str = ""
    stored_before: str = ""
    stored_after: str = ""
    reasons: list[str] = field(default_factory=list)
    current_in_store: dict[str, tuple[str, str, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def lived(kafka: Any, clickhouse_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    """Calls under the old key, then under both, with broken packets and poison; then every command."""
    scratch = tmp_path_factory.mktemp("lists")
    url = clickhouse_server.url(f"lists_{uuid4().hex[:8]}")
    before, after = planned()
    with lists_world(kafka, url, Path(scratch)) as world:
        poison(world.settings)
        ran = {
            "add under the old key": world.run("lists", "add", "black", LISTED, "--reason", "bothers", keys=UNDER_OLD)
        }
        world.play(scratch / "before.pcap", before, UNDER_OLD, broken=True)
        world.play(scratch / "after.pcap", after, UNDER_BOTH)
        result = Lived(world, read_verdicts(world.settings), world.entries(), ran)
        rows = ask(world.store, "current_calls", since_ms=0, until_ms=2**53, limit=100)
        result.current_in_store = {row["call_id"]: (row["label"], row["cause"], row["action"]) for row in rows}
        result.stored_before = world.everything_stored()
        _command(result)
        result.said, result.reasons = world.everything_said(), world.reasons()
        result.stored_after = world.everything_stored()
        yield result


def _command(lived: Lived) -> None:
    run, ran = lived.world.run, lived.ran
    campaign = next(entry["value"] for entry in lived.entries.values() if entry["scope"] == "campaign")
    ran["check listed"] = run("lists", "check", LISTED, "--json")
    ran["check other"] = run("lists", "check", OTHERS[0])
    ran["check campaign"] = run("lists", "check", OTHERS[0], "--campaign", campaign, "--json")
    ran["check without a key"] = run("lists", "check", ROBOT, keys={})
    ran["keys"] = run("lists", "keys", "--json")
    ran["remove"] = run("lists", "remove", "black", LISTED, "--reason", "made it up")
    ran["disable"] = run("lists", "disable", "black", campaign, "--scope", "campaign", "--reason", "hold music")
    wait_until_done(lived.world.settings)
    ran["explain removed"] = run("lists", "explain", LISTED, "--json")
    ran["explain robot"] = run("lists", "explain", ROBOT)
    ran["explain campaign"] = run("lists", "explain", campaign)
    ran["undo"] = run("lists", "undo", campaign, "--reason", "no music")
    ran["check undone"] = run("lists", "check", OTHERS[0], "--campaign", campaign)
    wait_until_done(lived.world.settings)
    ran["undo undo"] = run("lists", "undo", campaign)
    ran["protect"] = run("lists", "protect", OTHERS[1], "--reason", "our bank")
    exported = lived.world.rules.with_name("lists.csv")
    ran["export"] = run("lists", "export", "--out", exported)
    ran["import"] = run("lists", "import", exported, "--yes")
    ran["unprotect"] = run("lists", "unprotect", OTHERS[1])
    ran["import again"] = run("lists", "import", exported, "--yes")
    ran["undo rule"] = run("lists", "undo", "--rule", "repeated-recording", "--since", "2000-01-01", "--yes")
    ran["check robot"] = run("lists", "check", ROBOT)
    ran["refused"] = run("lists", "forget", ROBOT)
    ran["forget"] = run("lists", "forget", ROBOT, "--yes")
    ran["list"] = run("lists", "list")


def of_caller(lived: Lived, number: str, cause: str) -> list[Verdict]:
    hashes = {OLD.hash(number).number, NEW.hash(number).number}
    return [v for v in lived.verdicts if v.facts.caller and v.facts.caller.number in hashes and v.cause == cause]


def test_a_recording_of_several_callers_is_listed_as_a_campaign(lived: Lived) -> None:
    (entry,) = [entry for entry in lived.entries.values() if entry["scope"] == "campaign"]
    calls = {call.call_id for call in lived.world.calls if call.kind == "campaign"}
    assert entry["actor"] == "rule:shared-recording@1"
    assert len(set(entry["calls"]) & calls) >= 4
    assert set(entry["calls"]) <= calls
    assert entry["key_id"] is None


def test_a_caller_never_seen_before_is_challenged_for_the_campaign(lived: Lived) -> None:
    black = of_caller(lived, NEW_FACE, "black")
    assert black
    assert {(v.action, v.label, v.reasons[0]) for v in black} <= {
        ("challenge", "recording", "black_campaign"),
        ("tag", "recording", "black_campaign"),  # in early media
    }


def test_calls_of_one_caller_on_both_sides_of_a_rotation_make_one_entry(lived: Lived) -> None:
    entry = lived.entries[f"black:caller:{NEW.hash(ROBOT).number}"]
    calls = {call.call_id for call in lived.world.calls if call.caller == ROBOT}
    assert set(entry["calls"]) == calls
    assert len(calls) == 3
    assert entry["key_id"] == "new"
    callers = {entry["value"] for entry in lived.entries.values() if entry["scope"] == "caller"}
    assert callers == {NEW.hash(ROBOT).number, OLD.hash(LISTED).number}


def test_an_entry_under_the_old_key_acts_on_calls_under_the_new_one(lived: Lived) -> None:
    late = [v for v in of_caller(lived, LISTED, "black") if v.facts.key_id == "new"]
    assert late
    assert {v.evidence_id for v in late} == {f"black:caller:{OLD.hash(LISTED).number}"}


def test_what_a_list_says_hides_nothing_that_is_heard(lived: Lived) -> None:
    current = CurrentVerdicts()
    for verdict in lived.verdicts:
        current.feed(verdict)
    noise = [current[call.call_id] for call in lived.world.calls if call.caller == LISTED]
    assert [(v.label, v.cause) for v in noise] == [("noise", "black")] * 2
    assert lived.current_in_store == {v.call_id: (v.label, v.cause, v.action) for v in current.calls()}


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("add under the old key", 0),
        ("check listed", 3),
        ("check other", 0),
        ("check campaign", 3),
        ("check without a key", 1),
        ("remove", 0),
        ("disable", 0),
        ("explain removed", 0),
        ("explain robot", 0),
        ("explain campaign", 0),
        ("undo", 0),
        ("check undone", 3),
        ("undo undo", 0),
        ("protect", 0),
        ("export", 0),
        ("import", 0),
        ("unprotect", 0),
        ("import again", 0),
        ("undo rule", 0),
        ("check robot", 0),
        ("refused", 1),
        ("forget", 0),
        ("list", 0),
    ],
)
def test_a_command_ends_with_the_documented_status(lived: Lived, what: str, status: int) -> None:
    assert lived.ran[what].status == status, lived.ran[what]


def test_check_tells_under_which_key_and_what_to_do(lived: Lived) -> None:
    (listed,) = lived.ran["check listed"].objects
    assert (listed["black"], listed["action"], listed["key_id"], listed["reason"]) == (True, "block", "old", "bothers")
    (campaign,) = lived.ran["check campaign"].objects
    assert (campaign["kind"], campaign["action"]) == ("black", "challenge")
    assert "no entry" in lived.ran["check other"].out
    assert "CALLSIEVE_HMAC_KEY" in lived.ran["check without a key"].err


def test_the_key_before_is_needed_as_long_as_an_entry_rests_under_it(lived: Lived) -> None:
    ((new, old),) = lived.ran["keys"].objects
    assert (new["key_id"], new["role"], new["in_force"]) == ("new", "present", 1)
    assert (old["key_id"], old["role"], old["lasting"], old["free"]) == ("old", "before", 1, False)
    assert "key old: no entry needs it" in lived.ran["list"].out


def test_the_history_tells_who_removed_an_entry_and_why(lived: Lived) -> None:
    (told,) = lived.ran["explain removed"].objects
    assert told["entries"] == []
    history = [(row["removed"], row["state"], row["reason"]) for row in told["history"]]
    assert history == [(0, "active", "bothers"), (0, "disabled", "made it up"), (1, "", "")]
    assert {row["actor"].partition(":")[0] for row in told["history"][:2]} == {"person"}


def test_what_is_undone_is_told_and_an_export_changes_nothing_where_it_stands(lived: Lived) -> None:
    assert "brought back by person:" in lived.ran["undo"].out
    assert "now: black campaign" in lived.ran["undo undo"].out
    assert " disabled, by person:" in lived.ran["undo undo"].out.splitlines()[1]
    assert lived.ran["import"].out.startswith("0 new, 0 changed, 3 as they stand")
    assert "1 new, 0 changed, 2 as they stand" in lived.ran["import again"].out
    assert "1 entries turned off" in lived.ran["undo rule"].out


def test_explain_tells_rule_evidence_campaign_and_history(lived: Lived) -> None:
    out = lived.ran["explain robot"].out
    entry = lived.entries[f"black:caller:{NEW.hash(ROBOT).number}"]
    for part in ("rule:repeated-recording@1", "heard in 3 calls", entry["campaign"], *entry["calls"], "history:"):
        assert part in out
    told = lived.ran["explain campaign"].out
    assert "disabled" in told.splitlines()[0]
    assert "active by rule:shared-recording@1" in told
    assert "disabled by person:" in told


def test_forgetting_a_number_leaves_nothing_of_it_in_the_store(lived: Lived) -> None:
    hashes = {OLD.hash(ROBOT).number, NEW.hash(ROBOT).number}
    assert all(one in lived.stored_before for one in hashes)
    calls = [call.call_id for call in lived.world.calls if call.caller == ROBOT]
    assert not [one for one in hashes if one in lived.stored_after]
    assert lived.world.store.query("SELECT count() AS n FROM verdicts WHERE call_id IN %(c)s", {"c": calls}) == [
        {"n": 0}
    ]
    assert NEW.hash(NEW_FACE).number in lived.stored_after
    for part in ("1 list entries, 3 calls", "postings: ", "verdicts: ", "erased", "call.verdicts"):
        assert part in lived.ran["forget"].out
    assert not [row for row in lived.ran["list"].out.splitlines() if NEW.hash(ROBOT).number in row]


def test_no_number_and_no_key_stands_in_a_log_an_answer_a_metric_a_reason_or_a_row(lived: Lived) -> None:
    assert "DEBUG" in lived.said
    assert len(lived.reasons) >= 6
    for where in (lived.said, lived.stored_before, "".join(lived.reasons)):
        for secret in (*spellings(lived.world.calls), OLD_KEY, NEW_KEY):
            at = where.find(secret)
            assert at < 0, where[max(0, at - 300) : at + 100]
