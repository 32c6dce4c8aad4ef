import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from features.g711 import decode_pcmu
from models.channel.laws import encode
from models.dataset.measured import measure
from models.dataset.place import ENTRIES_FILE, HEAD_FILE
from models.dataset.store import FORMAT, Dataset, Entry, Head, open_dataset
from models.dataset.writing import DatasetWriter
from models.errors import ModelError
from models.sounds.noise import noise


def an_entry(**changes: object) -> Entry:
    given = {
        "label": "noise",
        "kind": "noise made",
        "split": "train",
        "fold": 2,
        "set": "simulated",
        "recording": "noise 1",
        "group": "noise 1",
        "talker": "",
        "condition": "clean",
        "law": "pcmu",
        "chain": ["pink noise", "pcmu"],
        "snr_db": None,
        "passages": [("noise", 0.0, 2.0)],
        "rms_dbfs": -30.0,
    }
    return Entry(**{**given, **changes})


def codes_of(seed: int) -> np.ndarray:
    return encode(noise(np.random.default_rng(seed), 16000, -30.0), "pcmu")


def written(path: Path, *entries: Entry, packets: np.ndarray | None = None) -> Head:
    with DatasetWriter(path) as writer:
        for number, entry in enumerate(entries):
            writer.add(entry, codes_of(number), np.ones(100, np.uint8) if packets is None else packets)
        return writer.finish(builder=1, seed=5, scale=0.5, origins={"simulated": "made"}, rejected={"doubt": 3})


def opened(path: Path, *entries: Entry, packets: np.ndarray | None = None) -> Dataset:
    written(path, *entries, packets=packets)
    return open_dataset(path)


def test_what_is_written_is_read_again(tmp_path: Path):
    dataset = opened(tmp_path / "set", an_entry(), an_entry(label="speech", split="test", fold=-1))
    assert len(dataset) == 2
    assert dataset.seed == 5
    assert dataset.entries[0] == an_entry()
    assert dataset.entries[0].passages == [("noise", 0.0, 2.0)]
    assert np.array_equal(dataset.codes[1], codes_of(1))
    assert dataset.head.counts == {"train": {"noise": {"clean": 1}}, "test": {"speech": {"clean": 1}}}
    assert dataset.head.sources[0].chunks == 2
    assert dataset.head.rejected == {"doubt": 3}


def test_the_same_chunks_are_the_same_bytes(tmp_path: Path):
    assert written(tmp_path / "a", an_entry()) == written(tmp_path / "b", an_entry())
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_only_what_came_coded_is_heard(tmp_path: Path):
    packets = np.ones(100, np.uint8)
    packets[:10], packets[10:30] = 0, 2
    dataset = opened(tmp_path / "set", an_entry(), packets=packets)
    assert dataset.received(0).sum() == 70 * 160
    assert dataset.comfort_noise_share(0) == pytest.approx(0.2)
    assert dataset.heard_codes(0).size == 70 * 160
    assert not dataset.pcm(0)[: 30 * 160].any()
    assert np.array_equal(dataset.pcm(0)[30 * 160 :], decode_pcmu(codes_of(0))[30 * 160 :])
    evidence = measure(dataset, [0])[0]
    assert evidence.coverage == pytest.approx(0.9)
    assert evidence.comfort_noise_share == pytest.approx(0.2)
    assert evidence.rms_dbfs == pytest.approx(-30.0, abs=0.5)


def test_evidence_comes_in_the_order_asked_for_with_its_progress(tmp_path: Path):
    dataset = opened(tmp_path / "set", *[an_entry()] * 3)
    told: list[tuple[int, int]] = []
    found = measure(dataset, [2, 0], lambda done, total: told.append((done, total)))
    assert [one.rms_dbfs for one in found] == [measure(dataset, [i])[0].rms_dbfs for i in (2, 0)]
    assert told == [(2, 2)]
    with pytest.raises(IndexError):
        measure(dataset, [3])


def test_a_new_set_takes_the_place_of_the_old_one_whose_readers_go_on(tmp_path: Path):
    first = opened(tmp_path / "set", an_entry())
    second = opened(tmp_path / "set", an_entry(label="speech"), an_entry())
    assert len(second) == 2
    assert np.array_equal(first.codes[0], codes_of(0))
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_set_that_was_not_finished_leaves_nothing_behind(tmp_path: Path):
    with pytest.raises(ValueError, match="a row is"), DatasetWriter(tmp_path / "set") as writer:
        writer.add(an_entry(), codes_of(1)[:100], np.ones(100, np.uint8))
    assert list(tmp_path.iterdir()) == []


def a_file(place: Path) -> None:
    place.write_text("mine")


def a_folder_of_others(place: Path) -> None:
    place.mkdir()
    (place / "notes.txt").write_text("mine")


def another_head(place: Path) -> None:
    place.mkdir()
    (place / HEAD_FILE).write_text('{"format": "parquet"}')


def a_set_with_more(place: Path) -> None:
    written(place, an_entry())
    (place / "notes.txt").write_text("mine")


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (a_file, "but a file"),
        (a_folder_of_others, r"notes\.txt stands there"),
        (another_head, "another's"),
        (a_set_with_more, r"holds more than a data set: notes\.txt"),
    ],
)
def test_nothing_but_a_data_set_is_written_over(tmp_path: Path, standing, said: str):
    standing(tmp_path / "set")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(ModelError, match=f"{said}.*give another --out"):
        DatasetWriter(tmp_path / "set")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_comes_to_stand_there_meanwhile_is_left(tmp_path: Path):
    with DatasetWriter(tmp_path / "set") as writer:
        a_folder_of_others(tmp_path / "set")
        with pytest.raises(ModelError, match="give another --out"):
            writer.finish(builder=1, seed=5, scale=0.5, origins={}, rejected={})
    assert [path.name for path in tmp_path.rglob("*")] == ["set", "notes.txt"]


def test_an_empty_folder_and_what_a_link_leads_to_are_taken(tmp_path: Path):
    (tmp_path / "far").mkdir()
    (tmp_path / "set").symlink_to(tmp_path / "far")
    for _ in range(2):
        assert len(opened(tmp_path / "set", an_entry())) == 1
    assert (tmp_path / "set").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["far", "set"]


@pytest.mark.parametrize("standing", [a_file, a_folder_of_others, another_head])
def test_nobody_is_told_to_build_onto_what_is_no_data_set(tmp_path: Path, standing):
    standing(tmp_path / "set")
    with pytest.raises(ModelError, match="give --dataset build/dataset") as caught:
        open_dataset(tmp_path / "set")
    assert "--out" not in str(caught.value)


def test_an_absent_set_says_how_to_build_one(tmp_path: Path):
    with pytest.raises(ModelError, match="callsieve dataset build --out"):
        open_dataset(tmp_path / "absent")


def head_without_format(path: Path) -> None:
    head = json.loads((path / HEAD_FILE).read_text())
    (path / HEAD_FILE).write_text(json.dumps({**head, "format": FORMAT + 1}))


def one_entry_too_few(path: Path) -> None:
    (path / ENTRIES_FILE).write_bytes(gzip.compress(b"", mtime=0))


def rows_cut_off(path: Path) -> None:
    (path / "codes.npy").write_bytes((path / "codes.npy").read_bytes()[:1000])


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        (head_without_format, "format 2"),
        (one_entry_too_few, r"entries\.jsonl\.gz"),
        (rows_cut_off, "broken"),
        (lambda path: (path / HEAD_FILE).write_text("{"), "broken"),
        (lambda path: (path / "packets.npy").unlink(), r"packets\.npy"),
        (lambda path: np.save(path / "packets.npy", np.zeros((1, 99), np.uint8)), "99"),
    ],
)
def test_a_broken_set_is_refused_with_the_way_out(tmp_path: Path, breaking, said: str):
    written(tmp_path / "set", an_entry())
    breaking(tmp_path / "set")
    with pytest.raises(ModelError, match=said) as caught:
        open_dataset(tmp_path / "set")
    assert "callsieve dataset build" in str(caught.value)
