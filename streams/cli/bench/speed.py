"""``callsieve bench list`` and ``run``: how fast it is here, against what one would write without it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from streams.cli.signals import terminated_as_interrupted

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from bench.result import Result


def list_all() -> None:
    """List the benchmarks and what each asks."""
    from bench.registry import NAMES, benchmark

    table = Table("name", "asks", header_style="bold")
    for name in NAMES:
        table.add_row(name, benchmark(name).about)
    Console().print(table)


def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="one or more of callsieve bench list", metavar="NAME...")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="all of them, about five minutes")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="a few seconds each: does it run, not how fast")] = False,
    seed: Annotated[int, typer.Option(help="of the simulated calls", min=0)] = 1,
    out: Annotated[
        Path | None, typer.Option(help="write NAME.json and NAME.svg into this folder", show_default=False)
    ] = None,
) -> None:
    """Run benchmarks: ours and others' ways of doing the same, in turn, in one process.

    Figures are per CPU second, with the least and the greatest of all rounds. Needs callsieve[bench,embedded,simulate].
    """
    from bench.registry import NAMES, benchmark
    from bench.registry import run as run_one
    from bench.timing import Effort

    chosen = list(NAMES) if everything else names or []
    if not chosen or (everything and names):
        raise typer.BadParameter("name some benchmarks, or give --all", param_hint="NAME...")
    for name in chosen:  # all are known before the first one runs
        benchmark(name)
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    for name in chosen:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(name, total=None)
            with terminated_as_interrupted():
                result = run_one(name, Effort(quick=quick, seed=seed, tell=_teller(progress, task)))
        _print(console, result)
        if out is not None:
            _keep(result, out)


def _teller(progress: Progress, task: TaskID) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    return tell


def _keep(result: "Result", out: Path) -> None:
    from bench.plot import draw
    from bench.result import write_result

    typer.echo(f"written: {write_result(result, out)}, {draw(result, out)}")


def _print(console: Console, result: "Result") -> None:
    findings = result.findings
    table = Table(
        title=f"{result.title} ({result.seconds:.0f} s{', quick' if result.quick else ''})", title_style="bold"
    )
    if findings.cases:
        for heading in ("way", f"{findings.unit} per CPU s", "least", "greatest", "ours is … times as fast"):
            table.add_column(heading, justify="left" if heading == "way" else "right")
        times = {ratio.over: ratio.times for ratio in findings.ratios}
        for case in findings.cases:
            found = times.get(case.name)
            ratio = f"{found.median:.2f} ({found.low:.2f} to {found.high:.2f})" if found else ""
            rate = case.rate
            table.add_row(case.name, f"{rate.median:,.0f}", f"{rate.low:,.0f}", f"{rate.high:,.0f}", ratio)
    else:
        for heading in ("what", "figure", "unit"):
            table.add_column(heading, justify="right" if heading == "figure" else "left")
        for figure in findings.figures:
            table.add_row(figure.name, f"{figure.value:,.6g}", figure.unit)
    console.print(table)
