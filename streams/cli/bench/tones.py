"""``callsieve bench tones``: call progress, fax, modem and other tones, tried and mistaken."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from streams.cli.evaluate.options import stages

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from bench.progress.results import Report

_RESULTS: Final = "tones_heard.json"


def tones(
    quick: Annotated[bool, typer.Option("--quick", help="few trials: does it run, not how well")] = False,
    tune: Annotated[bool, typer.Option("--tune", help="the half of the material that tunes, not the reported")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(help="a symbol, a condition's name or 'recordings'; may be given again", show_default=False),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="of the trials; below 1,000 with --tune", min=0, show_default=False)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="folder of recordings of calls, beside Debian's", envvar="CALLSIEVE_DATA", file_okay=False, exists=True
        ),
    ] = None,
    processes: Annotated[int, typer.Option(help="how many at a time", min=1, max=64)] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            help="write tones.md, its pictures and tones_heard.json into this folder",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
) -> None:
    """Try every tone of the line in noise, codecs and losses, and count what is mistaken for one.

    About ten minutes of two quiet cores. spandsp takes part where it is installed. Needs
    callsieve[bench,simulate,train].
    """
    from bench.heard.kept import keep_whole
    from bench.progress.run import Wanted, evaluate, known

    chosen = known(frozenset(only or ()))
    if out is not None:
        keep_whole(out / _RESULTS, part=quick or tune or bool(only))
    flags = [*(["--quick"] if quick else []), *(["--tune"] if tune else [])]
    flags += [word for one in only or () for word in ("--only", one)]
    flags += ([] if seed is None else ["--seed", str(seed)]) + ([] if out is None else ["--out", str(out)])
    command = shlex.join(["callsieve", "bench", "tones", *flags])
    with stages() as tell:
        report = evaluate(Wanted(command, quick, tune, chosen, seed, data, processes), tell)
    _print(report, details=bool(only) or quick)
    if out is not None:
        _keep(report, out)


def _keep(report: "Report", out: Path) -> None:
    from bench.progress.page import write_page
    from bench.progress.results import write_report

    results = out / _RESULTS
    write_report(report, results)
    typer.echo(f"written: {write_page(report, out)}, {results}")


def _print(report: "Report", *, details: bool) -> None:
    from bench.progress.targets import summary

    for title, headers, rows in summary(report, details=details):
        table = Table(*headers, title=title, title_style="bold", header_style="bold")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
