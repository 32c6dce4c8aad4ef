"""``callsieve models``: what people see of a library, and what they are told when it is not as they thought."""

from pathlib import Path

import pytest
from command import Command
from model_world import make_model, make_small_model

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
    assert "no model in" in listed[1]["error"]
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


def test_where_there_is_no_library_yet_the_shipped_model_is_shown_and_can_not_be_changed(
    command: Command, library: Path, tmp_path: Path
) -> None:
    for words in (("list",), ("show",), ("show", "--history")):
        said = command("models", *words)
        assert said.status == 0
        assert ("nothing was changed yet" if "--history" in words else SHIPPED_VERSION) in said.out
        assert said.err.startswith(f"there is no model library at {library}, only the shipped model")
    for words in (("promote", "x"), ("shadow", "x"), ("shadow", "--off"), ("rollback",)):
        said = command("models", *words)
        assert said.status == 1
        assert said.err.startswith(f"callsieve: there is no model library at {library}: 'callsieve models add' begins")
    said = command("models", "add", tmp_path)
    assert said.status == 1
    assert said.err == f"callsieve: no model in {tmp_path}: name the folder that 'callsieve train --out' wrote\n"
    assert not library.exists()
    make_model(tmp_path / "broken")
    (tmp_path / "broken" / CHUNK_FILE).write_bytes(b"")
    assert "isn't the file" in command("models", "add", tmp_path / "broken").err


def test_a_library_that_is_something_else_is_told_with_the_way_out(command: Command, tmp_path: Path) -> None:
    make_model(tmp_path / "trained")
    for words in (("add", tmp_path / "trained"), ("list",), ("promote", "shipped")):
        said = command("models", *words, "--library", tmp_path)
        assert said.status == 1
        assert said.err.startswith(f"callsieve: {tmp_path} is no model library: it has no state.json but 'trained'")
        said = command("models", *words, "--library", tmp_path / "trained")
        assert said.status == 1
        assert "is a model, not a library of models" in said.err


def test_a_shadow_that_is_promoted_or_was_none_is_told(command: Command, library: Path, tmp_path: Path) -> None:
    version = make_model(tmp_path / "trained")
    command("models", "add", tmp_path / "trained")
    assert command("models", "shadow", "--off").out == "there was no shadow: nothing has changed\n"
    command("models", "shadow", version)
    assert command("models", "promote", version).out.splitlines()[1:] == [
        "it was the shadow: none is tried beside it any more"
    ]
    command("models", "shadow", "shipped")
    assert "it was the shadow" in command("models", "rollback").out
    command("models", "shadow", version)
    assert command("models", "shadow", "--off").out == "no model is tried any more\n"


def test_labels_that_a_small_model_can_not_hear_are_told_wherever_it_comes_nearer_to_judging(
    command: Command, library: Path, tmp_path: Path
) -> None:
    small = make_small_model(tmp_path / "small", without=("modem", "fax"))
    version = read_info(small).version
    for words in (("add", small), ("shadow", version), ("promote", version)):
        said = command("models", *words)
        assert said.status == 0
        assert said.err.startswith("warning: this model can't hear fax, modem, which the live or the shipped one can")
    assert command("models", "rollback").err == ""


def test_a_broken_live_model_makes_the_list_fail_and_says_the_way_out(
    command: Command, library: Path, tmp_path: Path
) -> None:
    version = make_model(tmp_path / "trained")
    command("models", "add", tmp_path / "trained")
    command("models", "promote", version)
    (library / version / CHUNK_FILE).write_bytes(b"")
    for words in ((), ("--format", "jsonl")):
        said = command("models", "list", *words)
        assert said.status == 1
        assert version in said.out
        assert said.err.startswith(f"callsieve: the live model {version} can't be used")
        assert "callsieve models rollback" in said.err


@pytest.mark.parametrize("words", [("shadow",), ("shadow", "shipped", "--off"), ("compare", "--limit", "-1"), ("add",)])
def test_wrong_use_is_status_2(command: Command, words: tuple[str, ...]) -> None:
    assert command("models", *words).status == 2
