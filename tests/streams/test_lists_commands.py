"""``callsieve lists`` over lists of a test's own: what a status means, and what is shown of what others wrote."""

import io
import time
from pathlib import Path
from typing import Any

import pytest
from command import Command
from pydantic import SecretStr

from schemas.ids import list_key
from schemas.records import ListEntry
from streams.lists import ListView
from streams.lists.entries import EntryWriter
from streams.lists.names import names_of
from streams.look import LookError
from streams.settings import Settings
from streams.store.rows import entry_row

NUMBER = "+49 30 1234567"
KEY, OLD_KEY = "a key that only tests know", "the key that was in use before"
BOTH = Settings(hmac_key=SecretStr(KEY), hmac_key_id="new", hmac_old_key=SecretStr(OLD_KEY), hmac_old_key_id="old")


@pytest.fixture
def view(monkeypatch: pytest.MonkeyPatch) -> ListView:
    for name, value in {
        "HMAC_KEY": KEY,
        "HMAC_KEY_ID": "new",
        "HMAC_OLD_KEY": OLD_KEY,
        "HMAC_OLD_KEY_ID": "old",
    }.items():
        monkeypatch.setenv(f"CALLSIEVE_{name}", value)
    lists = ListView()
    monkeypatch.setattr("streams.lists.snapshot.read_lists", lambda *_: lists)
    return lists


def put(
    view: ListView, kind: str = "black", scope: Any = "caller", of: str = NUMBER, key: int = 0, **more: Any
) -> None:
    name = names_of(of, scope, BOTH)[key]
    fields = {"kind": kind, "scope": scope, "created_ms": 1, "actor": "person:a", "reason": "r", "key_id": name.key_id}
    entry = ListEntry(value=name.value, **(fields | more))
    view.apply(list_key(entry.kind, entry.scope, entry.value), entry, offset=len(view))


@pytest.mark.parametrize(
    ("entries", "more", "status"),
    [
        ([], [], 0),
        ([{}], [], 3),
        ([{"key": 1}], [], 3),
        ([{"expires_ms": 1}], [], 0),
        ([{"state": "disabled"}], [], 0),
        ([{"scope": "prefix", "of": "+49301"}], [], 3),
        ([{}, {"kind": "white", "scope": "prefix", "of": "+49301"}], [], 0),
        ([{}, {"kind": "white", "expires_ms": 1}], [], 3),
        ([{"scope": "trunk", "of": "carrier"}], [], 0),
        ([{"scope": "trunk", "of": "carrier", "key": 1}], ["--trunk", "carrier"], 3),
        ([{"scope": "campaign", "of": "camp", "campaign": "camp"}], ["--campaign", "camp"], 3),
        ([{"scope": "campaign", "of": "camp", "campaign": "camp"}], [], 0),
    ],
)
def test_status_3_means_that_a_black_entry_acts(
    command: Command, view: ListView, entries: list[dict[str, Any]], more: list[str], status: int
) -> None:
    for entry in entries:
        put(view, **entry)
    assert command("lists", "check", NUMBER, *more).status == status


@pytest.mark.parametrize("key", [0, 1])
def test_a_hash_may_stand_for_the_number(command: Command, view: ListView, key: int) -> None:
    put(view, key=key)
    assert command("lists", "check", names_of(NUMBER, "caller", BOTH)[key].value).status == 3


@pytest.mark.parametrize("policy", ["dry_run: true", "kill_switch: true", "rules: [{cause: black, action: allow}]"])
def test_where_the_policy_allows_it_no_entry_acts(
    command: Command, view: ListView, policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["version: '1'", policy] + ([] if "rules" in policy else ["rules: [{cause: black, action: block}]"])
    (tmp_path / "policy.yaml").write_text("\n".join(lines))
    monkeypatch.setenv("CALLSIEVE_POLICY", str(tmp_path / "policy.yaml"))
    put(view)
    said = command("lists", "check", NUMBER, "--json")
    assert (said.status, said.objects[0]["black"], said.objects[0]["kind"]) == (0, False, "black")


def test_what_another_program_wrote_neither_steers_the_terminal_nor_ends_the_command(
    command: Command, view: ListView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("CALLSIEVE_STORE", "chdb:///no/such/store")
    put(view, reason="[/red] \x1b[2J", actor="\x1b]0;owned\x07", key_id="[/b]")
    for words in (("list",), ("explain", NUMBER), ("check", NUMBER), ("keys",)):
        out = command("lists", *words).out
        assert "\x1b" not in out
        assert "[/red] ?[2J" in out or words == ("keys",)


def test_a_key_is_not_free_while_entries_rest_under_nobody_knows_which(command: Command, view: ListView) -> None:
    put(view, key_id=None)
    assert "unset CALLSIEVE_HMAC_OLD_KEY" not in command("lists", "keys").out


@pytest.mark.parametrize("days", ["nan", "inf", "1e300", "0"])
def test_no_entry_lasts_for_days_that_no_calendar_has(command: Command, view: ListView, days: str) -> None:
    said = command("lists", "add", "black", NUMBER, "--days", days)
    assert (said.status, "--days" in said.err) == (2, True)


class Ledger:
    """What commands write goes on the lists at once, and into a history as ClickHouse keeps it."""

    def __init__(self, view: ListView) -> None:
        self.view = view
        self.rows: list[dict[str, Any]] = []

    def send(self, value: ListEntry | None, key: bytes) -> None:
        offset = len(self.rows)
        self.view.apply(key.decode(), value, partition=1, offset=offset)
        self.rows.append(entry_row(key.decode(), value, recorded_ms=int(time.time() * 1000) + offset, offset=offset))

    def flush(self) -> None:
        pass


@pytest.fixture
def ledger(view: ListView, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    kept = Ledger(view)

    def begin(writer: EntryWriter, *_: Any) -> None:
        writer._producer = kept  # type: ignore[assignment]

    monkeypatch.setattr(EntryWriter, "__init__", begin)
    monkeypatch.setattr(EntryWriter, "_encoded", lambda _, entry: entry)
    monkeypatch.setattr("streams.look.store.existing_store", lambda _: _Opened())
    monkeypatch.setattr(
        "streams.store.queries.ask", lambda *_, values: [row for row in kept.rows if row["value"] in values]
    )
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return kept


class _Opened:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def by_rule(ledger: Ledger, value: str, state: Any = "active", **more: Any) -> ListEntry:
    """An entry of a campaign that a rule has just made."""
    now_ms = int(time.time() * 1000)
    told: dict[str, Any] = {
        "campaign": value,
        "calls": ["one", "two"],
        "created_ms": now_ms,
        "listed_ms": now_ms,
    } | more
    told |= {"expires_ms": now_ms + 86_400_000, "actor": "rule:shared-recording@1", "reason": "heard"}
    entry = ListEntry(kind="black", scope="campaign", value=value, state=state, **told)
    ledger.send(entry, f"black:campaign:{value}".encode())
    return entry


def standing(ledger: Ledger, value: str) -> tuple[str, str] | None:
    entry = ledger.view.get(f"black:campaign:{value}")
    return None if entry is None else (entry.state, entry.actor.partition(" by ")[0])


def test_a_protection_is_told_by_list_and_explain_and_ends_with_unprotect(command: Command, ledger: Ledger) -> None:
    assert command("lists", "protect", NUMBER, "--reason", "our bank").status == 0
    assert command("lists", "check", NUMBER).status == 0
    (entry,) = ledger.view.entries()
    assert (entry.kind, entry.scope, entry.key_id, len(entry.prefixes) > 3) == ("protected", "caller", "new", True)
    assert "our bank" in command("lists", "list", "--kind", "protected").out
    assert "protected caller" in command("lists", "explain", NUMBER).out
    assert command("lists", "unprotect", NUMBER).status == 0
    assert ledger.view.entries() == []


def test_who_is_on_the_blacklist_when_protected_stays_there_and_that_is_told(command: Command, ledger: Ledger) -> None:
    by_rule(ledger, "camp")
    said = command("lists", "protect", "camp", "--scope", "campaign")
    assert "it is on the blacklist, by rule:shared-recording@1" in said.out
    assert standing(ledger, "camp") == ("active", "rule:shared-recording@1")


def test_a_proposal_is_listed_apart_and_acts_once_it_is_accepted(command: Command, ledger: Ledger) -> None:
    by_rule(ledger, "camp", "proposed")
    assert "camp" not in command("lists", "list").out.replace("campaigns", "")
    assert "camp" in command("lists", "list", "--state", "proposed").out
    assert command("lists", "check", NUMBER, "--campaign", "camp").status == 0
    assert command("lists", "accept", "camp", "--reason", "heard it").status == 0
    assert command("lists", "check", NUMBER, "--campaign", "camp").status == 3
    assert standing(ledger, "camp") == ("active", "rule:shared-recording@1, accepted")
    assert command("lists", "accept", "camp").status == 1


def test_undo_says_what_it_does_and_a_second_one_takes_it_back(command: Command, ledger: Ledger) -> None:
    by_rule(ledger, "camp")
    command("lists", "disable", "black", "camp", "--scope", "campaign", "--reason", "hold music")
    said = command("lists", "undo", "camp", "--reason", "no music")
    assert (said.status, standing(ledger, "camp")) == (0, ("active", "rule:shared-recording@1, brought back"))
    assert "was: black campaign camp disabled" in said.out
    assert "now: black campaign camp in force" in said.out
    command("lists", "undo", "camp")
    assert standing(ledger, "camp") is not None
    assert standing(ledger, "camp")[0] == "disabled"  # type: ignore[index]


def test_undo_brings_back_what_was_removed_and_takes_off_what_was_added(command: Command, ledger: Ledger) -> None:
    command("lists", "add", "black", NUMBER)
    command("lists", "remove", "black", NUMBER)
    assert command("lists", "undo", NUMBER).status == 0
    assert command("lists", "check", NUMBER).status == 3
    assert "now: not listed" in command("lists", "undo", NUMBER).out
    assert command("lists", "check", NUMBER).status == 0


def test_undo_of_a_rule_turns_off_what_it_made_of_late_once_somebody_agrees(command: Command, ledger: Ledger) -> None:
    for value in ("one", "two", "three"):
        by_rule(ledger, value)
    by_rule(ledger, "older", listed_ms=5)
    words = ("lists", "undo", "--rule", "shared_recording", "--since", "1h")
    assert command(*words).status == 1  # nobody answers
    assert standing(ledger, "one") == ("active", "rule:shared-recording@1")
    said = command(*words, "--yes")
    assert (said.status, "3 entries turned off" in said.out) == (0, True)
    assert {(standing(ledger, value) or "")[0] for value in ("one", "two", "three")} == {"disabled"}
    assert standing(ledger, "older") == ("active", "rule:shared-recording@1")
    assert command(*words, "--yes").status == 1


@pytest.mark.parametrize(
    "words", [(), ("camp", "--rule", "trunk"), ("--rule", "luck"), ("--rule", "trunk", "--since", "x")]
)
def test_an_undo_that_is_not_understood_is_refused(command: Command, ledger: Ledger, words: tuple[str, ...]) -> None:
    assert command("lists", "undo", *words).status in (1, 2)
    assert ledger.rows == []


def test_without_a_history_nothing_is_undone(command: Command, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise LookError("the store is away")

    monkeypatch.setattr("streams.look.store.existing_store", away)
    said = command("lists", "undo", NUMBER)
    assert (said.status, "the store is away" in said.err) == (1, True)


def test_a_limit_that_is_reached_is_told(
    command: Command, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules.yaml").write_text(
        "version: 2\nlimits: {callers_per_hour: 5, campaigns_per_hour: 2}\n"
        "repeated_recording: {version: 1, calls: 3, chunks: 5, expires_days: 3}\n"
    )
    monkeypatch.setenv("CALLSIEVE_RULES", str(tmp_path / "rules.yaml"))
    by_rule(ledger, "one")
    assert "rules have listed 1 of at most 2 campaigns within an hour" in command("lists", "list").out
    by_rule(ledger, "two")
    assert "no more are listed until the hour is over" in command("lists", "list").out


@pytest.mark.parametrize("name", ["lists.jsonl", "lists.csv"])
def test_an_export_is_imported_where_nothing_stands_and_changes_nothing_then(
    command: Command, ledger: Ledger, tmp_path: Path, name: str
) -> None:
    by_rule(ledger, "camp")
    command("lists", "protect", NUMBER)
    path = tmp_path / name
    assert command("lists", "export", "--out", path).status == 0
    assert "1234567" not in path.read_text()
    ledger.send(None, b"black:campaign:camp")
    assert command("lists", "import", path, "--dry-run").out.startswith("1 new, 0 changed, 1 as they stand")
    assert standing(ledger, "camp") is None
    assert command("lists", "import", path).status == 1  # nobody answers
    assert command("lists", "import", path, "--yes").status == 0
    assert standing(ledger, "camp") == ("active", "rule:shared-recording@1, imported")
    assert command("lists", "import", path, "--yes").out.startswith("0 new, 0 changed, 2 as they stand")


def test_of_a_file_with_a_wrong_line_nothing_is_imported(command: Command, ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"kind": "white", "number": "+49301234567"}\n{"kind": "grey"}\n')
    said = command("lists", "import", path, "--yes")
    assert (said.status, ledger.rows) == (1, [])
    assert f"{path}:2: its kind is none of" in said.err
