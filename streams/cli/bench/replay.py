"""``callsieve bench replay``: how well a recording is found again whatever was done to it, beside others' ways."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from streams.cli.evaluate.options import stages

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from bench.replay.results import Report


def replay(
    data: Annotated[
        Path | None,
        typer.Option(
            help="folder of recordings of calls, beside Debian's", envvar="CALLSIEVE_DATA", file_okay=False, exists=True
        ),
    ] = None,
    half: Annotated[
        Literal["report", "tune"], typer.Option(help="which half of the material: tuning is done on the other")
    ] = "report",
    quick: Annotated[bool, typer.Option("--quick", help="few queries: does it run, not what it reaches")] = False,
    processes: Annotated[int, typer.Option(help="how many at a time", min=1, max=64)] = 1,
    minutes: Annotated[
        float | None, typer.Option(help="ask no more after so long; what was asked counts", min=1.0, show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="write replay.md, its pictures and replay.json into this folder", show_default=False, file_okay=False
        ),
    ] = None,
) -> None:
    """Cut queries from known calls, distort them in 79 ways and look whether they are found; and 30,000 unknown ones.

    Ours beside Chromaprint (Debian's libchromaprint-tools) and landmarks of pairs. About twenty minutes of a core.
    Needs callsieve[bench,train].
    """
    from bench.heard.corpora import Places
    from bench.heard.kept import keep_whole
    from bench.replay.run import Options, run

    if out is not None:
        keep_whole(out / "replay.json", part=quick or half == "tune")
    with stages() as tell:
        options = Options(half, quick, processes=processes, minutes=minutes, places=Places(data=data), tell=tell)
        report = run(options)
    _print(Console(), report)
    if out is not None:
        from bench.replay.page import write_page

        typer.echo(f"written: {', '.join(str(path) for path in write_page(report, out))}")


def _print(console: Console, report: "Report") -> None:
    from bench.replay.targets import reached

    table = Table(
        "what", "target", *report.contenders, "",
        title=f"Replays found again ({report.half}{', quick' if report.quick else ''})",
    )  # fmt: skip
    for row in reached(report):
        table.add_row(*(cell.replace("**", "") for cell in row))
    console.print(table)
    for why in report.missing:
        console.print(why)
