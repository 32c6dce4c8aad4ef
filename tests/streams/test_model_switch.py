"""Models changed while classify runs: noticed, taken into use between batches, and never worse than before."""

import asyncio
import logging
import shutil
from pathlib import Path

import pytest
from model_world import make_model, make_other_features

from models.artifact import CHUNK_FILE, SHIPPED, read_info
from models.errors import ModelError
from models.library import SHIPPED_NAME, Library
from models.library.state import FILE, State, write_state
from streams.classify import served
from streams.classify.served import ServedModels

ME = "person:me"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A library with another version in it."""
    folder, trained = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("trained")
    make_model(trained)
    return folder, Library(folder).add(trained, actor=ME)


@pytest.fixture
def library(filled: tuple[Path, str]) -> Library:
    folder, _ = filled
    write_state(folder, State())
    return Library(folder)


@pytest.fixture
def version(filled: tuple[Path, str]) -> str:
    return filled[1]


def test_a_promotion_a_shadow_and_a_rollback_are_taken_into_use_and_counted(library: Library, version: str) -> None:
    models = ServedModels(library)
    assert (models.live.version, models.shadow) == (read_info(SHIPPED).version, None)
    before = models.live
    models.look()
    assert models.live is before, "nothing changed, nothing is loaded"
    library.set_shadow(version, actor=ME)
    models.look()
    assert models.live is before
    assert models.shadow is not None
    assert models.shadow.version == version
    library.promote(version, actor=ME)
    models.look()
    assert (models.live.version, models.shadow) == (version, None)
    library.rollback(actor=ME)
    models.look()
    assert models.live.version == before.version
    assert models.reloads == {"live": 2, "shadow": 1}
    assert (models.failures, models.complaint) == (0, "")


def test_a_change_is_noticed_by_itself_without_holding_up_the_loop(
    library: Library, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "LOOK_S", 0.01)
    models = ServedModels(library)

    async def watch() -> None:
        models.start()
        library.promote(version, actor=ME)
        while models.live.version != version:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        await models.stop()

    asyncio.run(asyncio.wait_for(watch(), 20))


def test_what_cannot_be_followed_changes_nothing_is_told_once_and_tried_again(
    library: Library, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert library.folder is not None
    models = ServedModels(library)
    before = models.live
    write_state(library.folder, State(live="call_type-late", shadow=version))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            models.look()
    assert models.live is before
    assert models.shadow is not None, "what can be followed is"
    assert models.failures == 1
    assert [record.message for record in caplog.records] == [
        "classify: the live model call_type-late can't be used: the library has no model 'call_type-late': see "
        "'callsieve models list'; 'callsieve models promote' names another, 'callsieve models rollback' the one "
        f"before; {before.version} goes on judging"
    ]
    write_state(library.folder, State(live=version))  # as a folder that has come meanwhile
    models.look()
    assert (models.live.version, models.complaint) == (version, "")


def test_a_state_that_breaks_or_goes_away_is_no_choice(library: Library, version: str) -> None:
    assert library.folder is not None
    write_state(library.folder, State(live=version))
    models = ServedModels(library)
    (library.folder / FILE).write_text("{")
    models.look()
    assert "is broken" in models.complaint
    (library.folder / FILE).unlink()
    models.look()
    assert "is gone" in models.complaint
    assert models.live.version == version
    assert models.failures == 2


@pytest.mark.parametrize("use", ["live", "shadow"])
def test_a_role_does_not_start_with_a_model_that_is_missing_broken_or_of_other_features(
    use: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=f"there is no model library at {tmp_path}/none: 'callsieve models add'"):
        ServedModels(Library(tmp_path / "none"))
    names = {"absent": "call_type-absent", "strange": make_other_features(tmp_path / "strange")}
    (tmp_path / "strange").rename(tmp_path / names["strange"])
    names["broken"] = make_model(tmp_path / "broken")
    (tmp_path / "broken").rename(tmp_path / names["broken"])
    (tmp_path / names["broken"] / CHUNK_FILE).write_bytes(b"no graph")
    ways_out = {"live": "'callsieve models rollback' the one before", "shadow": "shadow --off' goes on without"}
    for what, why in {"absent": "has no model", "strange": "other features", "broken": "isn't the file"}.items():
        write_state(tmp_path, State(**{use: names[what]}))
        with pytest.raises(ModelError, match=f"the {use} model {names[what]} can't be used: .*{why}.*{ways_out[use]}"):
            ServedModels(Library(tmp_path))
    shutil.rmtree(tmp_path / names["broken"])


def test_the_shipped_model_needs_no_library() -> None:
    models = ServedModels(Library(""))
    models.start()
    assert models.live.version == Library("").load(SHIPPED_NAME).version
    asyncio.run(models.stop())
