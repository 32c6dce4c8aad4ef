"""``callsieve bench dtmf``: how well digits are heard, beside other receivers on the same audio."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from streams.cli.evaluate.options import stages

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from bench.dtmf.results import Report


def dtmf(
    data: Annotated[
        Path | None,
        typer.Option(
            help="folder of recordings of calls, beside Debian's", envvar="CALLSIEVE_DATA", file_okay=False, exists=True
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="one clause, such as twist, loss, talk-off or speed; again for more", show_default=False),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="few trials: does it run, not what it reaches")] = False,
    tune: Annotated[bool, typer.Option("--tune", help="the half of the material that is for tuning")] = False,
    seed: Annotated[
        int | None, typer.Option(help="of what is made: from 1000 on, with --tune below", min=0, show_default="1000")
    ] = None,
    processes: Annotated[int, typer.Option(help="how many at a time", min=1, max=64)] = 2,
    out: Annotated[
        Path | None,
        typer.Option(
            help="write dtmf.md, its pictures and dtmf.json into this folder", show_default=False, file_okay=False
        ),
    ] = None,
) -> None:
    """Put digits to our receiver, spandsp and multimon-ng: ITU-T Q.24 and what lines do, each case 1,000 times.

    Then hours of speech and music in which nobody presses a key. About ten minutes. spandsp and multimon-ng are
    Debian's (libspandsp2, multimon-ng); without them ours is measured alone. Needs callsieve[bench,train].
    """
    from bench.dtmf.run import TUNE_SEED, Options, check, run
    from bench.heard.corpora import Places
    from bench.heard.halves import FIRST_REPORTED_SEED
    from bench.heard.kept import keep_whole

    options = Options(
        half="tune" if tune else "report",
        seed=seed if seed is not None else TUNE_SEED if tune else FIRST_REPORTED_SEED,
        quick=quick,
        only=tuple(only or ()),
        places=Places(data=data),
        processes=processes,
    )
    check(options)
    if out is not None:
        keep_whole(out / "dtmf.json", part=quick or tune or bool(only))
    with stages() as tell:
        report = run(replace(options, tell=tell))
    _print(Console(), report, details=bool(only))
    if out is not None:
        from bench.dtmf.page import write_page

        typer.echo(f"written: {', '.join(str(path) for path in write_page(report, out))}")


def _print(console: Console, report: "Report", details: bool) -> None:
    from bench.dtmf.summary import cells, targets

    shown = [("Targets", targets(report, every=not details))]
    shown += [("Cases, % accepted", cells(report))] if details else []
    for title, (headers, rows) in shown:
        if rows:
            table = Table(*headers, title=f"{title} ({report.half}{', quick' if report.quick else ''})")
            for row in rows:
                table.add_row(*row)
            console.print(table)
    for what, why in report.left_out.items():
        console.print(f"{what} was left out: {why}")
    for why in report.missing:
        console.print(why)
