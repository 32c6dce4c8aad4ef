"""``callsieve broker``, ``topics`` and ``migrate``: what must be there before anything runs."""

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from streams.cli.options import Broker, Prefix, StoreUrl, settings_of
from streams.topics import DAY_MS, MINUTE_MS

topics = typer.Typer(help="Make and list the topics.", no_args_is_help=True)


def broker(
    port: Annotated[int, typer.Option(help="TCP port on 127.0.0.1; 0 takes a free one", min=0, max=65535)] = 9092,
    data: Annotated[Path | None, typer.Option(help="keep the log here; otherwise it is gone at the end")] = None,
    partitions: Annotated[
        int, typer.Option(help="make the topics too, with so many partitions; 0: don't", min=0, max=1000)
    ] = 0,
) -> None:
    """Run an embedded Apache Kafka until Ctrl-C: neither Java nor Docker is needed.

    For laptops, demos and tests; elsewhere give --broker to the other commands. Kafka comes from Maven Central once
    and is kept in ~/.cache/callsieve.
    """
    from streams.broker import EmbeddedBroker
    from streams.topics import create_topics

    embedded = EmbeddedBroker(port=port, data=data)

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)  # while it starts, too
    with embedded:
        if partitions:
            create_topics(embedded.address, partitions=partitions)
        typer.echo(f"ready: {embedded.url} (Ctrl-C ends it)")
        try:
            status = embedded.wait()
        except KeyboardInterrupt:
            return
    sys.stderr.write(f"callsieve: Kafka ended by itself with status {status}\n")
    raise typer.Exit(1)


@topics.command("create")
def create(
    broker: Broker = None,
    prefix: Prefix = None,
    partitions: Annotated[int, typer.Option(help="of every topic; a call stays on one of them", min=1)] = 4,
    replication: Annotated[int, typer.Option(help="copies of each partition", min=1)] = 1,
) -> None:
    """Create the topics that are missing, with their retention and compaction.

    Where a schema registry is set (CALLSIEVE_SCHEMA_REGISTRY), the topics' schemas are registered too.
    """
    from streams.registry import open_registry
    from streams.topics import create_topics

    settings = settings_of(broker=broker, prefix=prefix)
    made = create_topics(settings.client(), prefix=settings.prefix, partitions=partitions, replication=replication)
    typer.echo("\n".join(f"created {name}" for name in made) if made else "all topics are there")
    registry = open_registry(settings)
    if registry is not None:
        typer.echo(f"schemas of {len(registry.register())} topics are registered at {settings.schema_registry}")


@topics.command("list")
def list_all(broker: Broker = None, prefix: Prefix = None) -> None:
    """List the topics, their partitions and how long they keep records."""
    from streams.topics import TOPICS, list_topics

    settings = settings_of(broker=broker, prefix=prefix)
    existing = list_topics(settings.client())
    table = Table("topic", "partitions", "kept", header_style="bold")
    for spec in TOPICS:
        name = settings.prefix + spec.name
        kept = "compacted" if spec.keep_ms is None else _lasting(spec.keep_ms)
        table.add_row(name, str(existing.get(name, "missing")), kept)
    Console().print(table)


def _lasting(keep_ms: int) -> str:
    days, minutes = keep_ms / DAY_MS, keep_ms / MINUTE_MS
    return f"{days:g} d" if days >= 1 else f"{minutes:g} min"


def migrate(
    store: StoreUrl = None,
    status: Annotated[bool, typer.Option("--status", help="show what is applied, change nothing")] = False,
) -> None:
    """Bring the ClickHouse tables up to date; safe to run again."""
    from streams.look.store import existing_store
    from streams.store import migrations as steps
    from streams.store import open_store

    settings = settings_of(store=store)
    if status:
        with existing_store(settings.store) as found:
            for state in steps.status(found):
                typer.echo(f"{state.state:8} {state.number:03} {state.name}")
        return
    opened = open_store(settings.store)
    try:
        applied = steps.migrate(opened)
        typer.echo("\n".join(f"applied {name}" for name in applied) if applied else "up to date")
    finally:
        opened.close()
