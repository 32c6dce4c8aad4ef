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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check every line and send nothing")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Send outcomes to call.outcomes: an object a line, or CSV whose first line names the fields.

    A line that is no outcome is told with its number, the rest is sent; the status is 1 then. Kafka is not asked before
    there is an outcome to send. Where a file is no text, nothing after that line is read.
    """
    from streams.clock import now_ms
    from streams.learning import LearningError
    from streams.learning.outcome_lines import RefusedLine, read_outcomes
    from streams.learning.outcome_writer import OutcomeWriter
    from streams.look.plain import printable
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    chosen = form or ("csv" if file.suffix.lower() == ".csv" else "jsonl")
    writer: OutcomeWriter | None = None
    sent = refused = 0
    with ExitStack() as opened:
        source = sys.stdin.buffer if str(file) == "-" else opened.enter_context(file.open("rb"))
        for found in read_outcomes(source, chosen, now_ms=now_ms()):
            if isinstance(found, RefusedLine):
                refused += 1
                if refused <= SHOWN:
                    typer.echo(printable(f"line {found.number}: {found.reason}"), err=True)
                continue
            if not dry_run:
                writer = writer or OutcomeWriter(settings, open_schemas(settings).codec)
                writer.send(found)
            sent += 1
        if writer is not None:
            writer.flush()
    if refused > SHOWN:
        typer.echo(f"and {refused - SHOWN} more", err=True)
    if not sent:
        raise LearningError(f"no outcomes in {'standard input' if str(file) == '-' else file}")
    told = f"{sent} {'outcome' if sent == 1 else 'outcomes'} {'would be sent' if dry_run else 'sent'}"
    typer.echo(told + (f"; lines refused: {refused}" if refused else ""))
    if refused:
        raise typer.Exit(FAILED)
