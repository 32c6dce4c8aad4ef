"""``callsieve models``: what people see of a library, and what they are told when it is not as they thought."""

from pathlib import Path

import pytest
from command import Command
from model_world import make_model

from models.artifact import CHUNK_FILE, SHIPPED, read_info

SHIPPED_VERSION = read_info(SHIPPED).version


@pytest.fixture
def library(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a library will be, named by the environment; ``command`` has cleared that before."""
    monkeypatch.setenv("CALLSIEVE_MODELS", str(tmp_path / "library"))
    return tmp_path / "library"


def test_from_a_trained_model_to_the_live_one_and_back(command: Command, library: Path, tmp_path: Path) -> None:
    version = make_model(tmp_path / "trained")
    assert command("models", "add", tmp_path / "trained").out.startswith(f"{version} is in the library")
    assert command("models", "promote", version[:-2]).out == (
        f"{version} is live instead of shipped; back: callsieve models rollback\n"
    )
    (library / "call_type-broken").mkdir()
    listed = command("models", "list", "--format", "jsonl").objects
    assert [(each["use"], each["version"]) for each in listed] == [
        ("live", version),
        ("", "call_type-broken"),
        ("", SHIPPED_VERSION),
    ]
    assert "can't be read" in listed[1]["error"]
    assert listed[0]["trained_on"]["chunks"] > 0
    table = command("models", "list").out
    assert version in table
    assert "shipped" in table
    assert command("models", "show").out.startswith(f"# {version}")
    assert command("models", "rollback").out == f"{SHIPPED_VERSION} is live again instead of {version}\n"
    history = command("models", "show", "--history").out.splitlines()
    assert [line.split()[2] for line in history] == ["rollback", "promote", "add"]


def test_without_a_library_the_shipped_model_is_listed_and_a_change_tells_what_to_set(command: Command) -> None:
    assert SHIPPED_VERSION in command("models", "list").out
    said = command("models", "promote", "shipped")
    assert said.status == 1
    assert said.err == (
        "callsieve: there is the shipped model alone: name a directory for others by CALLSIEVE_MODELS or --library\n"
    )


def test_a_library_that_is_not_there_and_a_model_that_is_none_are_told(
    command: Command, library: Path, tmp_path: Path
) -> None:
    said = command("models", "list")
    assert said.status == 1
    assert said.err.startswith(f"callsieve: there is no model library at {library}: 'callsieve models add' begins one")
    said = command("models", "add", tmp_path)
    assert said.status == 1
    assert "can't be read" in said.err
    assert not library.exists()
    make_model(tmp_path / "broken")
    (tmp_path / "broken" / CHUNK_FILE).write_bytes(b"")
    assert "isn't the file" in command("models", "add", tmp_path / "broken").err


@pytest.mark.parametrize("words", [("shadow",), ("shadow", "shipped", "--off"), ("compare", "--limit", "-1"), ("add",)])
def test_wrong_use_is_status_2(command: Command, words: tuple[str, ...]) -> None:
    assert command("models", *words).status == 2
