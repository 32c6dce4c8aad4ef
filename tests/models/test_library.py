"""The model library: versions side by side, one live, one tried, and every step back."""

import json
from pathlib import Path

import pytest
from model_world import make_model, make_other_features, make_small_model

from models.artifact import CHUNK_FILE, SHIPPED, read_info
from models.errors import ModelError
from models.library import SHIPPED_NAME, Library, Switch
from models.library.labels import labels_of, unheard
from models.library.state import MAX_HISTORY, State, read_state, write_state

ME = "person:me"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models as training leaves them."""
    folders = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    for seed, folder in enumerate(folders, 50):
        make_model(folder, seed=seed)
    return folders


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


def live(library: Library) -> str:
    return library.state().live


def test_without_a_library_there_is_the_shipped_model_alone() -> None:
    library = Library("")
    assert library.names() == [SHIPPED_NAME]
    assert library.state() == State()
    assert library.load(SHIPPED_NAME).version == read_info(SHIPPED).version
    with pytest.raises(ModelError, match="CALLSIEVE_MODELS or --library"):
        library.promote(SHIPPED_NAME, actor=ME)


def test_a_version_is_added_promoted_and_taken_back_step_by_step(library: Library, trained: tuple[Path, Path]) -> None:
    first, second = (library.add(folder, actor=ME) for folder in trained)
    assert library.names() == [SHIPPED_NAME, *sorted((first, second))]
    assert live(library) == SHIPPED_NAME, "adding changes nothing else"
    assert library.promote(first, actor=ME) == Switch(first, SHIPPED_NAME, shadow_ended=False)
    assert library.promote(second, actor=ME) == Switch(second, first, shadow_ended=False)
    assert library.rollback(actor=ME) == Switch(first, second, shadow_ended=False)
    library.rollback(actor=ME)
    assert live(library) == SHIPPED_NAME
    with pytest.raises(ModelError, match="no version was live before"):
        library.rollback(actor=ME)
    history = library.state().history
    assert [change.action for change in history] == ["add", "add", "promote", "promote", "rollback", "rollback"]
    assert {change.actor for change in history} == {ME}
    assert history[-1].version == read_info(SHIPPED).version


def test_a_shadow_is_another_version_than_the_live_one_and_ends_where_it_is_promoted(
    library: Library, trained: tuple[Path, Path]
) -> None:
    version = library.add(trained[0], actor=ME)
    with pytest.raises(ModelError, match="is live"):
        library.set_shadow(SHIPPED_NAME, actor=ME)
    assert library.set_shadow(version, actor=ME) == version
    assert library.state().shadow == version
    assert library.promote(version, actor=ME).shadow_ended
    assert library.state().shadow is None
    library.set_shadow(SHIPPED_NAME, actor=ME)
    assert library.set_shadow(None, actor=ME) is None
    assert library.state().shadow is None
    assert library.state().history[-1].name == ""


def test_promoting_a_copy_of_the_shadow_ends_the_shadow_too(library: Library, trained: tuple[Path, Path]) -> None:
    other, copy = library.add(trained[0], actor=ME), library.add(SHIPPED, actor=ME)
    library.promote(other, actor=ME)
    library.set_shadow(SHIPPED_NAME, actor=ME)
    library.promote(copy, actor=ME)
    assert library.state().shadow is None


def test_a_version_is_found_by_how_it_or_its_hash_begins(library: Library) -> None:
    shipped = read_info(SHIPPED).version
    assert library.find(shipped[:-4]) == SHIPPED_NAME
    assert library.find(shipped.rpartition("-")[2][:6]) == SHIPPED_NAME
    for name in ("call_type-aa11", "call_type-aa22", shipped):
        assert library.folder is not None
        (library.folder / name).mkdir(parents=True)
    assert library.find(shipped[:-4]) == shipped, "the one in the library, which outlives an update of the program"
    with pytest.raises(ModelError, match="several models' versions begin with 'call_'"):
        library.find("call_")
    assert library.find("aa1") == "call_type-aa11"
    with pytest.raises(ModelError, match=r"several models' versions begin with 'aa': call_type-aa11, call_type-aa22"):
        library.find("aa")
    for begin in ("zz", "", "../x"):
        with pytest.raises(ModelError, match="no model's version begins with"):
            library.find(begin)


def test_what_cannot_be_loaded_is_neither_added_nor_promoted_and_says_why(
    library: Library, tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    make_other_features(tmp_path / "strange")
    with pytest.raises(ModelError, match="other features"):
        library.add(tmp_path / "strange", actor=ME)
    assert library.folder is not None
    assert not library.folder.exists()
    version = library.add(trained[0], actor=ME)
    (library.folder / version / CHUNK_FILE).write_bytes(b"no graph")
    (library.folder / version).rename(library.folder / "call_type-renamed")
    with pytest.raises(ModelError, match="copy the whole folder again"):
        library.promote("call_type-renamed", actor=ME)
    assert live(library) == SHIPPED_NAME
    assert "isn't the file" in library.version("call_type-renamed").error


def test_a_folder_holds_the_version_that_it_is_called(library: Library, trained: tuple[Path, Path]) -> None:
    version = library.add(trained[0], actor=ME)
    assert library.folder is not None
    (library.folder / version).rename(library.folder / "call_type-other")
    with pytest.raises(ModelError, match=f"holds {version}: a version stands in a folder of its name"):
        library.load("call_type-other")


def test_a_folder_of_something_else_is_no_library_and_nothing_is_written_into_it(
    tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "one.wav").write_bytes(b"")
    (tmp_path / "file").write_bytes(b"")
    for place, why in {
        tmp_path / "recordings": "no model library: it has no state.json but 'one.wav'",
        trained[1]: "is a model, not a library of models",
        tmp_path / "file": "Not a directory",
        tmp_path / "file" / "under": "Not a directory",
    }.items():
        with pytest.raises(ModelError, match=why):
            Library(place).add(trained[0], actor=ME)
    for place in (tmp_path / "recordings", trained[1]):
        before = sorted(path.name for path in place.iterdir())
        for ask in (Library(place).names, Library(place).state, lambda place=place: Library(place).find("shipped")):
            with pytest.raises(ModelError, match="library"):
                ask()
        with pytest.raises(ModelError, match="library"):
            Library(place).promote(SHIPPED_NAME, actor=ME)
        assert sorted(path.name for path in place.iterdir()) == before


def test_a_new_volume_is_a_library_and_one_whose_state_was_removed_still_is(
    tmp_path: Path, trained: tuple[Path, Path]
) -> None:
    (tmp_path / "lost+found").mkdir()
    version = Library(tmp_path).add(trained[0], actor=ME)
    (tmp_path / "state.json").unlink()
    assert Library(tmp_path).state() == State()
    assert Library(tmp_path).promote(version, actor=ME).version == version


def test_labels_that_the_others_hear_and_a_version_does_not_are_named(library: Library, tmp_path: Path) -> None:
    small = library.add(make_small_model(tmp_path / "small", without=("modem", "tone")), actor=ME)
    assert library.lacking(small, SHIPPED_NAME) == ["modem"], "noise is still heard where nobody speaks"
    assert library.lacking(SHIPPED_NAME, small) == []
    assert library.lacking(small, small, "call_type-gone") == []
    assert library.lacking("call_type-gone", SHIPPED_NAME) == []


def test_the_shipped_model_hears_all_that_is_to_be_heard() -> None:
    classes = read_info(SHIPPED).chunk.classes
    assert unheard(classes) == []
    assert {"dead_air", "noise", "speech"} <= labels_of(classes)
    assert unheard(["nobody", "speech", "music_or_hold", "tone"]) == ["dtmf", "fax", "modem", "ringback", "sit"]
    assert unheard(["speech", "tone"])[0] == "dead_air"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"live": 5}', '{"history": [{}]}', "\x00", " " * (1 << 20) + "{}"])
def test_a_broken_state_is_an_error_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    with pytest.raises(ModelError, match=r"state\.json is (broken|larger).*history.*unset CALLSIEVE_MODELS"):
        Library(tmp_path).state()


def test_a_state_of_a_newer_program_is_refused_and_more_fields_are_none(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"format": 1, "live": "a", "later": True}))
    assert read_state(tmp_path) == State(live="a")
    (tmp_path / "state.json").write_text(json.dumps({"format": 2}))
    with pytest.raises(ModelError, match="update the program"):
        read_state(tmp_path)


def test_a_state_comes_back_as_it_was_written_and_its_history_is_bounded(tmp_path: Path) -> None:
    state = State(live="b", shadow="c", earlier=("a",))
    for number in range(MAX_HISTORY + 5):
        state = state.noted(ME, "promote", name=str(number), version=str(number))
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert len(state.history) == MAX_HISTORY
    assert state.history[-1].name == str(MAX_HISTORY + 4)
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
