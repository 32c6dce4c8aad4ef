"""Trials counted, recordings listened to, targets judged, and the command."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from command import Command

from bench.heard.corpora import Recording
from bench.heard.kept import keep_whole
from bench.heard.peers import spandsp_tones
from bench.heard.receiver import Missing
from bench.machine import machine
from bench.progress import ears, mistaken, peers
from bench.progress import run as running
from bench.progress.conditions import CLEAN, Condition, Heard, send
from bench.progress.mistaken import Chunks, Listened, Mistaken, gathered, listen, rate
from bench.progress.page import write_page
from bench.progress.results import OURS, Report, read_report, write_report
from bench.progress.signals import SYMBOLS, Signal, signals
from bench.progress.tally import Cell, outcome, share
from bench.progress.targets import targets
from bench.progress.trials import TRIALS, plan
from bench.result import BenchError, Findings
from models.errors import ModelError


@pytest.mark.parametrize(
    ("heard", "is_called"),
    [
        ({"busy"}, "right"),
        ({"busy", "tone"}, "right"),
        ({"busy", "dial"}, "also"),
        ({"dial", "tone"}, "wrong"),
        ({"tone"}, "unnamed"),
        (set(), "missed"),
    ],
)
def test_what_was_heard_is_right_wrong_unnamed_or_nothing(heard: set[str], is_called: str) -> None:
    assert outcome(frozenset({"busy"}), frozenset(heard)) == is_called


def test_every_cell_is_tried_as_often_as_asked_and_counts_add_up() -> None:
    def deaf(_rng: np.random.Generator, signal: Signal, heard: Heard) -> dict[str, float]:
        return {} if signal.form == "UK" else {signal.symbol: heard.begins_s + 0.5}

    series = plan(9, frozenset({"busy", "clean"}))
    assert [one.trials for one in series] == [9]
    cells = series[0].run(1, {OURS: deaf})
    assert sum(cell.trials for cell in cells) == 9
    assert [cell.form for cell in cells if cell.missed] == ["UK"]
    assert {cell.known_s for cell in cells} == {0.5, None}
    assert (share(cells, lambda cell: True).hits, share(cells, lambda cell: True).trials) == (8, 9)


def test_a_country_line_comes_to_a_thousand_trials_and_so_does_every_cell() -> None:
    series = plan(TRIALS)
    assert min(one.trials for one in series) >= 1000
    assert len({(one.name, one.condition.name) for one in series}) == len(series)
    counted = {(form.symbol, form.form): 0.0 for forms in signals().values() for form in forms}
    for one in series:
        for form in one.signals:
            counted[form.symbol, form.form] += one.trials / len(one.signals)
    assert min(counted.values()) >= 1000
    assert {symbol for symbol, _ in counted} == set(SYMBOLS)


def test_a_trial_does_not_depend_on_what_else_is_tried() -> None:
    kept: list[list[int]] = []

    def note(_rng: np.random.Generator, _signal: Signal, heard: Heard) -> dict[str, float]:
        kept.append(heard.pcm[4000:4010].tolist())
        return {}

    for only in ({"cng", "clean"}, {"cng", "sit", "clean"}):
        for one in plan(2, frozenset(only)):
            one.run(5, {OURS: note})
    assert len(kept) == 6
    assert kept[:2] == kept[-2:]  # sit comes first there


def test_a_chunk_holds_some_of_the_signal_and_its_lead_in(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(ears, "detect_tones", lambda pcm, lead_in, received: seen.append((pcm.size, lead_in)) or [])
    heard = send(np.random.default_rng(1), signals()["ringback"][0], CLEAN)
    assert ears.chunk(np.random.default_rng(1), signals()["ringback"][0], heard) == {}
    assert seen == [(17_024, 1_024)]
    short = Heard(np.zeros(9000, np.int16), None, np.ones(9000, np.bool_))
    assert ears.chunk(np.random.default_rng(1), signals()["busy"][0], short) is None


def test_chunk_by_chunk_every_sample_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[tuple[list[int], list[int]]] = []

    def note(pcm: np.ndarray, lead_in: int) -> list[object]:
        chunks.append((pcm[:lead_in].tolist(), pcm[lead_in:].tolist()))
        return []

    monkeypatch.setattr(mistaken, "detect_tones", note)
    whole = np.arange(70_000, dtype=np.int64).astype(np.int16)
    listener = Chunks()
    for begin in range(0, whole.size, 9_000):
        listener.hear(whole[begin : begin + 9_000])
    assert [sample for _, own in chunks for sample in own] == whole[:64_000].tolist()
    assert [len(lead_in) for lead_in, _ in chunks] == [0, 1024, 1024, 1024]
    assert chunks[1][0] == whole[16_000 - 1024 : 16_000].tolist()


def test_what_is_named_in_recordings_is_counted_by_kind_and_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistaken, "read", lambda recording: np.zeros(8000 * 36, np.int16))
    recordings = [Recording("asterisk-it", "speech", Path(f"{n}.wav")) for n in range(2)]

    class Always:
        def hear(self, pcm: np.ndarray) -> list[tuple[str, float, float]]:
            return [("busy", 1.0, 0.5)]

    found = gathered([listen([one], {OURS: Always}, (1.0, 2.0), (OURS,)) for one in recordings])
    assert [(one.speed, round(one.seconds), one.named) for one in found.listened] == [
        (1.0, 72, {"busy": 2}),
        (2.0, 36, {"busy": 2}),
    ]
    assert [(one.recording, one.speed) for one in found.examples[:2]] == [("0.wav", 1.0), ("0.wav", 2.0)]
    hourly = rate(found.listened, "speech", OURS, ("busy", "dial"))
    assert (hourly.events, round(hourly.hours, 3)) == (4, 0.03)
    low, high = hourly.interval
    assert low < hourly.value < high
    assert rate(found.listened, "music", OURS, ("busy",)).hours == 0


def a_report(right: int = 20, events: int = 0) -> Report:
    cells = [
        Cell(symbol=s, form=signals()[s][0].form, condition=c, way=OURS, trials=20, right=right, missed=20 - right)
        for s in ("cng", "ced", "busy")
        for c in ("20 dB", "15 dB", "12 dB", "10 dB")
    ]
    listened = Listened(
        kind="speech", source="asterisk-it", speed=1.0, way=OURS, seconds=3600.0, named={"busy": events, "tone": 9}
    )
    return Report(
        command="callsieve bench tones",
        began="",
        seconds=1.0,
        commit="",
        seed=1000,
        half="report",
        quick=True,
        machine=machine(),
        missing=[],
        cells=cells,
        mistaken=Mistaken(listened=[listened], examples=[]),
        speed=Findings(),
    )


def test_a_target_is_reached_only_by_what_was_measured() -> None:
    assert not any(one.reached is False for one in targets(a_report()))
    assert [one.said for one in targets(a_report()) if "music" in one.what] == ["not measured", "not measured"]
    assert [one.what for one in targets(a_report(right=19)) if one.reached] == [
        "supervisory tones at 10 dB",
        "false supervisory tones an hour of speech, one stream",
    ]
    assert "95 %" in next(one.measured for one in targets(a_report(right=19)) if "CNG" in one.what)
    assert [one.what for one in targets(a_report(events=1)) if one.reached is False] == [
        "false supervisory tones an hour of speech, one stream"
    ]


def test_a_report_comes_back_from_its_file_and_another_is_refused(tmp_path: Path) -> None:
    report, path = a_report(), tmp_path / "new" / "tones_heard.json"
    write_report(report, path)
    assert read_report(path) == report
    write_report(msgspec.structs.replace(report, format=9), path)
    with pytest.raises(BenchError, match="format 9"):
        read_report(path)
    path.write_text("[]")
    with pytest.raises(BenchError, match="no report on tones"):
        read_report(path)


@pytest.mark.slow
def test_the_page_says_what_was_not_reached(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    text = write_page(a_report(right=3), tmp_path).read_text()
    assert "| CNG at 15 dB | 100 % | n/a | 15 % (3.2-37.9) | **not reached** |" in text
    assert "too few trials to quote" in text
    assert (tmp_path / "tones-noise.svg").exists()


def test_spandsp_told_a_country_hears_its_tones_and_fax_calls() -> None:
    try:
        spandsp_tones.library()
    except Missing as why:
        pytest.skip(str(why))
    for symbol, form in (("busy", "US, Canada"), ("ringback", "Germany"), ("cng", "T.30"), ("ced", "T.30")):
        signal = next(one for one in signals()[symbol] if one.form == form)
        heard = send(np.random.default_rng(3), signal, Condition("x", level_dbm0=-13))
        assert peers.spandsp(np.random.default_rng(1), signal, heard).keys() == {symbol}
    nothing = Heard(np.zeros(16_000, np.int16), None, np.zeros(16_000, np.bool_))
    assert peers.spandsp(np.random.default_rng(1), signals()["busy"][0], nothing) == {}
    assert peers.spandsp(np.random.default_rng(1), signals()["beep"][0], nothing) is None


def test_what_can_not_be_asked_for_is_told(command: Command) -> None:
    said = command("bench", "tones", "--only", "laughter")
    assert said.status == 1
    assert said.err.startswith("callsieve: no 'laughter'; there are")
    assert "seeds below 1000 tune" in command("bench", "tones", "--seed", "7", "--quick").err
    elsewhere = command("bench", "tones", "--data", "/nowhere")
    assert elsewhere.status == 2
    assert "'/nowhere'" in elsewhere.err


def test_a_codec_that_is_missing_is_told_before_anything_runs(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_pcm: object, codec: str) -> None:
        raise ModelError(f"no {codec}")

    monkeypatch.setattr(running, "through", missing)
    said = command("bench", "tones", "--quick", "--only", "G.726, 32")
    assert (said.status, said.err.strip()) == (1, "callsieve: no g726")


@pytest.mark.parametrize("option", ["--quick", "--tune", "--only=busy"])
def test_a_part_is_not_written_over_a_whole_run(command: Command, tmp_path: Path, option: str) -> None:
    path = tmp_path / "tones_heard.json"
    write_report(msgspec.structs.replace(a_report(), quick=False), path)
    before = path.read_bytes()
    said = command("bench", "tones", option, "--out", tmp_path)
    assert said.status == 1
    assert "holds a whole run" in said.err
    assert "--out" in said.err
    assert path.read_bytes() == before


def test_a_part_may_be_written_over_a_part_and_over_what_is_no_report(tmp_path: Path) -> None:
    path = tmp_path / "tones_heard.json"
    keep_whole(path, part=True)
    for report in (a_report(), msgspec.structs.replace(a_report(), quick=False, command="c --only busy")):
        write_report(report, path)
        keep_whole(path, part=True)
    path.write_text("notes")
    keep_whole(path, part=True)


@pytest.mark.slow
def test_a_quick_run_writes_page_pictures_and_figures(command: Command, tmp_path: Path) -> None:
    said = command("bench", "tones", "--quick", "--only", "busy", "--only", "clean", "--out", tmp_path)
    assert said.status == 0, said.err
    report = read_report(tmp_path / "tones_heard.json")
    assert sum(cell.right for cell in report.cells if cell.way == OURS) == 36
    assert "Made by `callsieve bench tones --quick --only busy --only clean" in (tmp_path / "tones.md").read_text()
