"""``callsieve demo``: see it work."""

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console


def demo(
    calls: Annotated[int, typer.Option(help="how many calls are simulated; fewer hold no whole campaign", min=50)] = 60,
    seed: Annotated[int, typer.Option(help="of the simulated traffic", min=0)] = 1,
    spread: Annotated[float, typer.Option(help="calls begin within so many seconds", min=1.0)] = 45.0,
    json: Annotated[Path | None, typer.Option(help="write the figures to this file")] = None,
) -> None:
    """Run everything on this machine: embedded Kafka and ClickHouse, all roles, simulated calls in real time.

    Among the calls is a robocall campaign; it must be found and its caller listed. Status 1: the planted caller was
    missed, somebody else was listed, or fewer than 95 % of the calls got the right label. Nothing is left behind.
    """
    from streams.cli.options import settings_of
    from streams.cli.signals import SIGNALLED
    from streams.demo.board import summary
    from streams.demo.run import DemoInterruptedError, run_demo

    settings_of()
    console = Console()
    try:
        result, in_store = run_demo(console, calls=calls, seed=seed, spread_s=spread)
    except DemoInterruptedError as interrupted:
        with contextlib.suppress(OSError):  # the terminal may be gone
            console.print("stopped; nothing is left behind")
        raise typer.Exit(SIGNALLED + interrupted.signal) from None
    console.print(summary(result, in_store))
    if json is not None:
        figures = asdict(result) | {"in_clickhouse": in_store, "complaints": result.complaints}
        json.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    for complaint in result.complaints:
        console.print(f"[bold red]{complaint}[/]")
    if result.complaints:
        raise typer.Exit(1)
