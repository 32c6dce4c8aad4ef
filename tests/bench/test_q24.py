"""Trials by Q.24's clauses, how they are counted, and what a report says of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command import Command
from numpy.typing import NDArray

from bench.dtmf import run as running
from bench.dtmf.clause import Material, clauses, count_hits, run_case
from bench.dtmf.clauses.speech import active_power, active_share
from bench.dtmf.digits import Sender, pair_power, send, trials
from bench.dtmf.q24 import asked
from bench.dtmf.results import Cell, Report, TalkOff, read_report, write_report
from bench.dtmf.run import Options, run
from bench.dtmf.summary import targets
from bench.dtmf.targets import TARGETS, furthest
from bench.heard.corpora import Places
from bench.heard.receiver import Heard, Pcm
from bench.result import BenchError, Machine

NOWHERE = Material("report", Places(sounds=Path("/nowhere"), hold=Path("/nowhere"), games=Path("/nowhere")))


class Says:
    """A receiver that says the same of every piece."""

    about = "says the same"

    def __init__(self, name: str, digits: str) -> None:
        self.name = name
        self._digits = digits

    def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
        return [[Heard(digit, 0.0) for digit in self._digits] for _ in pieces]


def a_cell(hits: int, **changed: object) -> Cell:
    known = Cell(clause="twist", series="s", x=0.0, wanted="accept", trials=100, hits={"callsieve": hits})
    return Cell(**{name: changed.get(name, getattr(known, name)) for name in known.__struct_fields__})  # type: ignore[arg-type]


def a_report(cells: list[Cell], talk_off: list[TalkOff] | None = None) -> Report:
    machine = Machine(processor="p", cores=2, memory_gb=4.0, system="s", python="3.11", libraries={}, load=0.0)
    return Report(
        command="c", began="b", seconds=1.0, commit="x", seed=1000, half="report", quick=False, machine=machine,
        receivers={"callsieve": "ours"}, missing=[], left_out={}, cells=cells, talk_off=talk_off or [], speed=[],
    )  # fmt: skip


def test_every_clause_says_what_it_asks_and_no_case_stands_twice() -> None:
    for clause in clauses().values():
        assert clause.about.endswith(".")
        keys = [(case.series, case.x) for case in clause.cases]
        assert len(keys) == len(set(keys))


def test_two_tones_have_the_power_and_the_twist_that_is_asked_for() -> None:
    rows, truth = send(np.random.default_rng(1), 32, Sender(on_s=(1.0,), level_dbm0=-20.0, twist_db=6.0))
    power = np.abs(np.fft.rfft(rows[:, 800:8000])) ** 2
    hertz = np.arange(power.shape[1]) * 8000 / 7200
    ratio = power[:, hertz > 1075].sum(axis=1) / power[:, hertz < 1075].sum(axis=1)
    assert 10 * np.log10(ratio) == pytest.approx(6.0, abs=0.1)
    whole, _ = send(np.random.default_rng(1), 32, Sender(on_s=(1.0,), level_dbm0=-20.0, jitter=0))
    steady = np.mean(whole[:, 400:8000] ** 2, axis=1)
    assert 10 * np.log10(steady / pair_power(-20.0)) == pytest.approx(0.0, abs=0.1)
    assert sorted(truth) == sorted("123A456B789C*0#D" * 2)


def test_an_error_of_frequency_has_its_size_and_both_signs() -> None:
    sent, truth = send(np.random.default_rng(3), 64, Sender(on_s=(1.0,), low_error=0.03, jitter=0))
    lows = [np.argmax(np.abs(np.fft.rfft(row[320:8320]))[:1000]) for row in sent]
    nominal = np.array([(697, 770, 852, 941)["123A456B789C*0#D".index(key) // 4] for key in truth])
    errors = np.array(lows) / nominal - 1
    assert np.abs(errors) == pytest.approx(0.03, abs=0.001)
    assert {float(sign) for sign in np.sign(errors)} == {-1.0, 1.0}


def test_the_same_seed_makes_the_same_trials_and_another_one_others() -> None:
    first, again, other = (trials(np.random.default_rng(seed), 8, Sender()).rows for seed in (1, 1, 2))
    assert (first == again).all()
    assert first.shape != other.shape or (first != other).any()


def test_a_trial_counts_when_exactly_what_was_sent_is_heard() -> None:
    heard = [[Heard("1", 0.0)], [Heard("1", 0.0), Heard("1", 0.1)], [], [Heard("2", 0.0)]]
    assert count_hits(heard, ("1", "1", "1", "1"), "accept") == 1
    assert count_hits(heard, ("1", "11", "1", "2"), "either") == 3
    assert count_hits(heard, ("1", "1", "1", "1"), "reject") == 3


def test_who_hears_nothing_or_always_the_same_is_counted_so() -> None:
    clause = clauses()["duration"]
    receivers = [Says("deaf", ""), Says("stubborn", "5")]
    place = next(i for i, case in enumerate(clause.cases) if case.x == 40)
    cell = run_case(clause, place, receivers, NOWHERE, 1000, 32)
    assert cell.hits == {"deaf": 0, "stubborn": 2}  # all sixteen keys come equally often
    short = run_case(clause, 0, receivers, NOWHERE, 1000, 32)
    assert short.wanted == "reject"
    assert short.hits == {"deaf": 0, "stubborn": 32}


def test_a_receiver_that_fails_costs_the_others_nothing_and_is_told() -> None:
    class Breaks(Says):
        def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
            raise BenchError("no more")

    cell = run_case(clauses()["duration"], 0, (Says("deaf", ""), Breaks("broken", "")), NOWHERE, 1000, 16)
    assert (cell.hits, cell.failed) == ({"deaf": 0}, {"broken": "no more"})


def test_noise_has_the_power_that_its_ratio_says() -> None:
    clause = clauses()["noise"]
    case = next(case for case in clause.cases if case.series == "100 ms" and case.x == 0)
    made = case.build(np.random.default_rng(1), 200, NOWHERE)
    before = made.rows[:, :320].astype(float)  # every digit begins later
    assert 10 * np.log10(np.mean(before**2) / pair_power()) == pytest.approx(0.0, abs=0.2)


def test_active_power_leaves_pauses_out() -> None:
    loud = np.random.default_rng(1).normal(0, 1000, 4000)
    pcm = np.concatenate([loud, np.zeros(4000)]).astype(np.int16)
    assert active_share(pcm) == 0.5
    assert active_power(pcm) == pytest.approx(1e6, rel=0.1)
    assert active_power(np.zeros(8000, np.int16)) == 0.0


def test_a_limit_is_where_a_receiver_first_fails_whatever_comes_after() -> None:
    cells = [a_cell(hits, x=x) for x, hits in ((0.0, 100), (1.0, 99), (2.0, 80), (3.0, 100))]
    assert furthest(cells, "callsieve", 0.99) == 1.0
    assert furthest(cells, "callsieve", 1.0) == 0.0
    assert furthest(cells, "spandsp", 0.5) is None


def test_a_share_and_a_rate_are_reached_or_not() -> None:
    by_name = {target.what: target for target in TARGETS}
    late = by_name["accepted, both tones 1.5 % off"]
    cell = a_cell(99, clause="frequency", series="both tones off", x=1.5)
    assert late.measured(a_report([cell]), "callsieve") == 99.0
    assert not late.reached(99.0)
    assert late.reached(100.0)
    part = TalkOff(
        kind="speech", source="s", speed=1.0, recordings=1, hours=40.0, false={"callsieve": 2}, fired=[]
    )  # fmt: skip
    spoken = by_name["false digits an hour, speech"]
    assert spoken.measured(a_report([], [part]), "callsieve") == 0.05
    assert spoken.reached(0.05)
    assert not spoken.reached(0.06)
    assert spoken.measured(a_report([]), "callsieve") is None


def test_the_table_of_targets_keeps_what_was_not_measured_and_says_how_sure_the_rest_is() -> None:
    part = TalkOff(
        kind="music", source="s", speed=1.0, recordings=1, hours=10.0, false={"callsieve": 0}, fired=[]
    )  # fmt: skip
    cells = [
        a_cell(1000, clause="frequency", series="both tones off", x=1.5, trials=1000),
        a_cell(1, clause="twist", series="high tone weaker"),
    ]
    report = a_report(cells, [part])
    _, rows = targets(report)
    found = {row[0]: row[-2:] for row in rows}
    assert len(found) == len(TARGETS)
    assert found["accepted, both tones 1.5 % off"] == ["100.0 % (99.6 to 100.0)", "reached"]
    assert found["false digits an hour, music"] == ["0.00 (0 in 10.0 h; 0.00 to 0.37)", "reached"]
    assert found["twist, high tone weaker"] == ["nowhere", "**not reached**"]
    assert found["dynamic range"] == ["", "not measured"]
    assert len(targets(report, every=False)[1]) == 3


def test_a_column_of_q24_is_as_good_as_its_worst_cell() -> None:
    cells = [a_cell(hits, series="high tone weaker", x=x) for x, hits in ((0.0, 100), (5.0, 97), (8.0, 12))]
    _, rows = asked(a_report(cells))
    assert [(row[0], row[-1]) for row in rows] == [("AT&T", "12.0"), ("NTT", "97.0")]


def test_a_report_is_read_as_it_was_written_and_nothing_else_is(tmp_path: Path) -> None:
    path = tmp_path / "dtmf.json"
    write_report(a_report([a_cell(3)]), path)
    assert read_report(path) == a_report([a_cell(3)])
    path.write_text('{"name": 1}')
    with pytest.raises(BenchError, match="no report on DTMF"):
        read_report(path)


def test_a_tone_of_40_ms_is_heard_and_one_of_23_ms_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "QUICK_TRIALS", 16)
    told: list[tuple[int, int]] = []
    report = run(
        Options(
            quick=True,
            only=("duration",),
            processes=1,
            places=NOWHERE.places,
            tell=lambda stage, done, total: told.append((done, total)),
        )
    )
    found = {cell.x: cell.hits["callsieve"] for cell in report.cells}
    assert (found[23.0], found[40.0]) == (0, 16)
    assert told[-1] == (len(report.cells), len(report.cells))
    assert not report.left_out


def test_without_speech_its_clause_is_left_out_and_says_why() -> None:
    report = run(Options(quick=True, only=("speech", "talk-off"), processes=1, places=NOWHERE.places))
    assert report.cells == []
    assert "asterisk-core-sounds" in report.left_out["speech"]
    assert report.left_out["talk-off"] == "no recordings here"
    assert "no recordings of asterisk-es-co, asterisk-fr" in report.missing[-1]
    assert "CALLSIEVE_DATA" in report.missing[-1]


def test_a_recording_that_cannot_be_read_is_told_and_the_rest_is_heard(tmp_path: Path) -> None:
    for folder, content in (("it_IT_m_Carlo", b"no sound"), ("ru_RU_f_IvrvoiceRU", None)):
        path = tmp_path / folder / "word.wav"
        path.parent.mkdir()
        if content is None:
            soundfile.write(path, np.zeros(8000, np.int16), 8000)
        else:
            path.write_bytes(content)
    places = Places(sounds=tmp_path, hold=tmp_path / "none", games=tmp_path / "none")
    report = run(Options(quick=True, only=("talk-off",), processes=1, places=places))
    assert "can't be read" in report.left_out["talk-off, asterisk-it"]
    assert [(part.source, part.hours, part.false["callsieve"]) for part in report.talk_off] == [
        ("asterisk-ru", 1 / 3600, 0)
    ]


def test_a_seed_of_the_other_half_and_an_unknown_clause_are_refused(command: Command) -> None:
    with pytest.raises(BenchError, match="seed 7 belongs to the half that is for tune"):
        run(replace(Options(), seed=7))
    said = command("bench", "dtmf", "--only", "wow")
    assert said.status == 1
    assert said.err.startswith("callsieve: no clause is called 'wow'; there are frequency")


@pytest.mark.slow
def test_a_quick_run_writes_its_page_with_pictures(command: Command, tmp_path: Path) -> None:
    only = [word for name in ("frequency", "break", "loss", "speed") for word in ("--only", name)]
    said = command("bench", "dtmf", "--quick", *only, "--out", tmp_path)
    assert said.status == 0, said.err
    page = (tmp_path / "dtmf.md").read_text()
    assert "| accepted, both tones 1.5 % off |" in page
    assert "callsieve, not told of losses" in page
    assert "## Speed" in page
    assert (tmp_path / "dtmf-frequency.svg").exists()
    assert {cell.clause for cell in read_report(tmp_path / "dtmf.json").cells} == {"frequency", "break", "loss"}
