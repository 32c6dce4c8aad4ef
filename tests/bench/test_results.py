"""What benchmarks write, and who is registered."""

import random
from pathlib import Path

import msgspec
import pytest
from command import Command

from bench import timing
from bench.registry import NAMES, Benchmark, benchmark, run
from bench.result import BenchError, Result, read_result, write_result
from bench.timing import Contender, Effort, compare, each, spread

KEPT = Path(__file__).parents[2] / "docs" / "results"


def quick(monkeypatch: pytest.MonkeyPatch) -> Effort:
    monkeypatch.setattr(timing, "QUICK_TIMED_S", 0.001)
    return Effort(quick=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_benchmark_with_a_title_and_a_question(name: str) -> None:
    found = benchmark(name)
    assert found.title
    assert found.about.endswith(".")


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(BenchError, match=r"'speed'.*spectrum"):
        benchmark("speed")


def test_a_way_that_does_less_for_each_unit_has_the_higher_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = list(range(2000))
    random.Random(1).shuffle(numbers)
    slow = Contender("slow", "sorts", each([numbers] * 5, sorted))
    fast = Contender("fast", "measures", each([numbers] * 5, len))
    found = compare("lists", [slow, fast], quick(monkeypatch))
    assert [case.baseline for case in found.cases] == [False, True]
    assert found.cases[1].rate.median > found.cases[0].rate.median
    assert [(ratio.of, ratio.over) for ratio in found.ratios] == [("slow", "fast")]
    assert found.ratios[0].times.high < 1


def test_each_way_is_timed_equally_often_and_the_order_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def rate(one: Contender, calls: int) -> float:
        order.append(one.name)
        return 1.0

    monkeypatch.setattr(timing, "_rate", rate)
    monkeypatch.setattr(timing, "_calls", lambda one, seconds: 1)
    compare("units", [Contender(name, "", lambda: 1) for name in "ab"], Effort(quick=True))
    assert "".join(order) == "abbaab"


def test_a_spread_is_median_least_and_greatest() -> None:
    found = spread([3.0, 1.0, 2.0, 10.0])
    assert (found.median, found.low, found.high) == (2.5, 1.0, 10.0)


def a_result(monkeypatch: pytest.MonkeyPatch) -> Result:
    toy = Benchmark("A toy", "Asks nothing.", lambda effort: compare("units", [Contender("a", "", lambda: 1)], effort))
    monkeypatch.setattr("bench.registry.benchmark", lambda name: toy)
    return run("toy", quick(monkeypatch))


def test_a_result_comes_back_from_its_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = a_result(monkeypatch)
    assert read_result(write_result(result, tmp_path / "new")) == result
    assert result.command == "callsieve bench run toy --quick"
    assert result.machine.cores >= 1
    assert result.machine.libraries["numpy"]


def test_a_file_of_another_shape_or_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"name": 1}')
    with pytest.raises(BenchError, match="no benchmark's result"):
        read_result(path)
    write_result(msgspec.structs.replace(a_result(monkeypatch), format=99, name="x"), tmp_path)
    with pytest.raises(BenchError, match="format 99"):
        read_result(path)


def test_every_kept_file_is_of_a_benchmark_or_of_a_page() -> None:
    pages = {path.stem for path in KEPT.glob("*.md")}
    assert {path.stem.removesuffix("_heard") for path in KEPT.glob("*.json")} <= {*NAMES, *pages}


@pytest.mark.parametrize("path", sorted(p for p in KEPT.glob("*.json") if p.stem in NAMES), ids=lambda path: path.stem)
def test_every_kept_result_is_read_is_no_quick_one_and_has_its_picture(path: Path) -> None:
    result = read_result(path)
    assert result.name == path.stem
    assert not result.quick
    assert path.with_suffix(".svg").exists()


def test_a_picture_follows_from_the_result_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = pytest.importorskip("bench.plot", reason="matplotlib is not installed")
    result = a_result(monkeypatch)
    first = plot.draw(result, tmp_path).read_bytes()
    assert first == plot.draw(result, tmp_path).read_bytes()
    assert b"units per CPU second" in first


def test_run_wants_names_or_all_but_not_both(command: Command) -> None:
    assert command("bench", "run").status == 2
    assert command("bench", "run", "tone_speed", "--all").status == 2
    said = command("bench", "run", "speed")
    assert said.status == 1
    assert said.err.startswith("callsieve: no benchmark is called 'speed'")


@pytest.mark.slow
def test_a_quick_run_prints_a_table_and_keeps_result_and_picture(command: Command, tmp_path: Path) -> None:
    said = command("bench", "run", "goertzel", "chunks", "--quick", "--out", tmp_path)
    assert said.status == 0, said.err
    assert "numpy product" in said.out
    result = read_result(tmp_path / "goertzel.json")
    assert result.quick
    assert result.findings.rounds == timing.QUICK_ROUNDS
    assert (tmp_path / "goertzel.svg").exists()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(900)
def test_every_benchmark_runs_and_what_it_compares_agrees(command: Command, tmp_path: Path) -> None:
    said = command("bench", "run", "--all", "--quick", "--out", tmp_path)
    assert said.status == 0, said.err
    assert (
        {path.stem for path in tmp_path.glob("*.json")} == set(NAMES) == {path.stem for path in tmp_path.glob("*.svg")}
    )
    whole = {figure.name: figure.value for figure in read_result(tmp_path / "pipeline.json").findings.figures}
    assert whole["chunks judged"] > 0
    assert whole["last sample to verdict, half"] > 0
