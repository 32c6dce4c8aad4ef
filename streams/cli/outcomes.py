"""``callsieve outcomes``: what became of calls, for platforms without a Kafka client."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.cli.options import Broker, Prefix, settings_of

outcomes = typer.Typer(help="Tell what became of calls.", no_args_is_help=True)

SHOWN = 20  # refused lines that are told one by one
FAILED = 1


@outcomes.callback()
def _outcomes() -> None:
    """Tell what became of calls."""


@outcomes.command("send")
def send(
    file: Annotated[Path, typer.Argument(help="JSON lines or CSV; - for standard input", show_default=False)],
    form: Annotated[
        Literal["jsonl", "csv"] | None,
        typer.Option("--format", help="by the file's ending unless told", show_default=False),
    ] = None,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Send outcomes to call.outcomes: an object a line, or CSV whose first line names the fields.

    A line that is no outcome is told with its number, the rest is sent; the status is 1 then.
    """
    from streams.clock import now_ms
    from streams.learning.outcome_lines import RefusedLine, read_outcomes
    from streams.learning.outcome_writer import OutcomeWriter
    from streams.look.plain import printable
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    chosen = form or ("csv" if file.suffix.lower() == ".csv" else "jsonl")
    sent = refused = 0
    with ExitStack() as opened:
        source = sys.stdin.buffer if str(file) == "-" else opened.enter_context(file.open("rb"))
        writer = OutcomeWriter(settings, open_schemas(settings).codec)
        for found in read_outcomes(source, chosen, now_ms=now_ms()):
            if isinstance(found, RefusedLine):
                refused += 1
                if refused <= SHOWN:
                    typer.echo(printable(f"line {found.number}: {found.reason}"), err=True)
            else:
                writer.send(found)
                sent += 1
        writer.flush()
    if refused > SHOWN:
        typer.echo(f"and {refused - SHOWN} more", err=True)
    typer.echo(f"{sent} outcomes sent" + (f"; lines refused: {refused}" if refused else ""))
    if refused:
        raise typer.Exit(FAILED)
