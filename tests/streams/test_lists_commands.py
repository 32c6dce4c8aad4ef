"""``callsieve lists`` over lists of a test's own: what a status means, and what is shown of what others wrote."""

from pathlib import Path
from typing import Any

import pytest
from command import Command
from pydantic import SecretStr

from schemas.ids import list_key
from schemas.records import ListEntry
from streams.lists import ListView
from streams.lists.names import names_of
from streams.settings import Settings

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
