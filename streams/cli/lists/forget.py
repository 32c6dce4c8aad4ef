"""``callsieve lists forget``: erases by number."""

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from streams.cli.lists.common import DAY_MS
from streams.cli.options import Broker, Prefix, StoreUrl, settings_of

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry
    from streams.lists.erasure import Known
    from streams.store import Store

SINK_S: Final = 20.0  # for the sink to write down removals, before what it wrote is erased
HOUR_MS: Final = 3_600_000


def forget(
    number: Annotated[str, typer.Argument(help="whose calls", metavar="NUMBER", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="don't ask")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
    store: StoreUrl = None,
) -> None:
    """Erase what is kept of a caller, under both keys while they are rotated, and under those before that it knows.

    These are its entries on both lists, and in ClickHouse fingerprints, campaigns, verdicts, levels, tones and outcomes
    of its calls, with all that was kept of the entries; in calls to the number it is emptied. Entries of prefixes and
    campaigns that it belongs to stay. Waits until ClickHouse is done, and tells what was erased and what expires by
    itself. Status 1 when you say no.
    """
    from streams.lists.entries import EntryWriter
    from streams.lists.erasure import erase, known_of, with_aliases
    from streams.lists.names import names_of
    from streams.lists.snapshot import read_lists
    from streams.look.store import existing_store
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix, store=store)
    hashes = [name.value for name in names_of(number, "caller", settings)]
    schemas = open_schemas(settings)
    with existing_store(settings.store) as opened:
        callers = with_aliases(opened, hashes)
        listed = [
            entry
            for _, entry in read_lists(settings, schemas).items()
            if entry.scope == "caller" and entry.value in callers
        ]
        _tell(listed, known_of(opened, callers))
        if not yes:
            typer.confirm("Erase this?", abort=True)
        if listed:
            writer = EntryWriter(settings, schemas.codec)
            for entry in listed:
                writer.erase(entry)
            _await_sink(opened, listed)
        erase(opened, known_of(opened, callers))
    typer.echo(f"erased; {_elsewhere()}")


def _tell(listed: "list[ListEntry]", known: "Known") -> None:
    typer.echo(f"{len(listed)} list entries, {len(known.calls)} calls; in ClickHouse:")
    for table, count in known.rows.items():
        typer.echo(f"  {table}: {count} rows")
    if not known.rows:
        typer.echo("  nothing")


def _await_sink(store: "Store", listed: "list[ListEntry]") -> None:
    """Wait until the sink has written down the removals: written after the erasure they would name the caller again."""
    from streams.lists.erasure import recorded_removals

    deadline = time.monotonic() + SINK_S
    while recorded_removals(store, {entry.value for entry in listed}) < len(listed):
        if time.monotonic() > deadline:
            typer.echo(
                "the sink has not written down the removal of the entries: is it running? "
                "Once it has, forget the number again, or its hash stays in list_entries",
                err=True,
            )
            return
        time.sleep(0.2)


def _elsewhere() -> str:
    """What is kept in Kafka, and for how long."""
    from streams.topics import TOPICS

    times: dict[int, list[str]] = {}
    for spec in TOPICS:
        if spec.keep_ms is not None and not spec.name.endswith(".dlq"):
            times.setdefault(spec.keep_ms, []).append(spec.name)
    said = [f"{', '.join(names)} after {_span(keep_ms)}" for keep_ms, names in sorted(times.items())]
    return (
        f"in Kafka it expires by itself: {'; '.join(said)} (dead letters as their topics, at most 7 days); in "
        "list.entries with the next compaction. A call that is going on, and verdicts that the sink has not written "
        "yet, come afterwards: forget the number again then"
    )


def _span(ms: int) -> str:
    if ms >= DAY_MS:
        return f"{ms // DAY_MS} d"
    return f"{ms // HOUR_MS} h" if ms >= HOUR_MS else f"{ms // 60_000} min"
