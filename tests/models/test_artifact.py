import hashlib
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from models import artifact
from models.artifact import CARD_FILE, CHUNK_FILE, INFO_FILE, SHIPPED, read_info, signed, write_model
from models.classifier import ChunkClassifier
from models.errors import ModelError

GRAPHS = {name: (SHIPPED / name).read_bytes() for name in read_info(SHIPPED).files if name != CARD_FILE}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped model elsewhere."""
    write_model(tmp_path / "model", read_info(SHIPPED), GRAPHS, (SHIPPED / CARD_FILE).read_text())
    return tmp_path / "model"


def rewrite(folder: Path, **changes: object) -> None:
    told = json.loads((folder / INFO_FILE).read_text())
    (folder / INFO_FILE).write_text(json.dumps(told | changes))


def test_a_model_that_is_copied_is_the_same_model(copy: Path):
    assert ChunkClassifier.load(copy).info == ChunkClassifier.load().info
    assert (copy / INFO_FILE).read_bytes() == (SHIPPED / INFO_FILE).read_bytes()


def test_the_version_follows_from_what_judges_and_not_from_the_card(tmp_path: Path):
    info = read_info(SHIPPED)
    assert signed(info, GRAPHS).version == info.version
    assert write_model(tmp_path, signed(info, GRAPHS), GRAPHS, "another card").version == info.version
    stricter = replace(info, chunk=replace(info.chunk, thresholds={"speech": 0.99}))
    assert signed(stricter, GRAPHS).version != info.version
    assert signed(info, GRAPHS | {CHUNK_FILE: b"other"}).version != info.version


@pytest.mark.parametrize("name", [CHUNK_FILE, CARD_FILE])
def test_a_missing_file_is_named_with_the_way_out(copy: Path, name: str):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} can't be read .*copy the whole folder again, .*callsieve train"):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize("place", [".", "mistyped", "dataset.json"])
def test_a_path_that_is_no_model_is_told_without_advice_to_train(tmp_path: Path, place: str):
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(ModelError) as told:
        ChunkClassifier.load(tmp_path / place)
    assert str(told.value) == f"no model in {tmp_path / place}: name the folder that 'callsieve train --out' wrote"


def test_where_the_program_lacks_its_own_model_it_is_to_be_installed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(artifact, "SHIPPED", tmp_path)
    with pytest.raises(ModelError, match="install the program again"):
        read_info(tmp_path)


@pytest.mark.parametrize("name", [*GRAPHS, CARD_FILE])
def test_a_changed_file_is_refused(copy: Path, name: str):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"{name} isn't the file"):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "format 99"),
        ({"format": 1, "threshold": 0.5}, "format 1, this program reads 2"),
        ({"features_version": 99}, "other features"),
        ({"name": "other"}, "a model 'other'"),
        ({"more": 1}, "broken"),
        ({"seed": "one"}, "broken"),
        ({"chunk": None}, "broken"),
    ],
)
def test_a_model_for_something_else_is_refused(copy: Path, changes: dict[str, object], message: str):
    rewrite(copy, **changes)
    with pytest.raises(ModelError, match=message):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ["loudness"]}, "other features"),
        ({"classes": ["nobody", "speech", "a cat"]}, "other classes apart \\(a cat\\)"),
        ({"classes": ["nobody", "speech"]}, "make no sense"),
        ({"temperature": 0.0}, "make no sense"),
        ({"temperature": -1.0}, "make no sense"),
        ({"offsets": [0.0]}, "make no sense"),
        ({"thresholds": {"speech": 1.5}}, "make no sense"),
        ({"thresholds": {"speech": "high"}}, "broken"),
    ],
)
def test_a_graph_told_of_wrongly_is_refused(copy: Path, changes: dict[str, object], message: str):
    told = json.loads((copy / INFO_FILE).read_text())
    rewrite(copy, chunk=told["chunk"] | changes)
    with pytest.raises(ModelError, match=message):
        ChunkClassifier.load(copy)


@pytest.mark.parametrize("text", ["", "[]", "no json", "\x00", '{"format": "two"}', '{"format": 2}'])
def test_a_broken_description_is_refused(copy: Path, text: str):
    (copy / INFO_FILE).write_text(text)
    with pytest.raises(ModelError, match=r"model\.json is broken .*callsieve train"):
        ChunkClassifier.load(copy)


def test_another_graph_that_is_told_of_rightly_is_refused_all_the_same(copy: Path):
    data = b"not a graph"
    (copy / CHUNK_FILE).write_bytes(data)
    files = json.loads((copy / INFO_FILE).read_text())["files"]
    rewrite(copy, files=files | {CHUNK_FILE: hashlib.sha256(data).hexdigest()})
    with pytest.raises(ModelError, match="isn't an ONNX file"):
        ChunkClassifier.load(copy)


def test_giant_files_are_not_read(copy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(artifact, "MAX_BYTES", 100)
    with pytest.raises(ModelError, match="larger than 100 bytes"):
        ChunkClassifier.load(copy)
