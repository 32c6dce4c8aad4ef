"""``callsieve report``: what the calls of a day were."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.cli.options import Broker, Prefix, StoreUrl, settings_of


def report(
    since: Annotated[str, typer.Option(help="today, or so long ago: 24h, 7d; or a date or time")] = "today",
    output: Annotated[Literal["table", "json"], typer.Option("--format", help="for people or for programs")] = "table",
    html: Annotated[
        Path | None, typer.Option(help="write one page with charts to this file instead", show_default=False)
    ] = None,
    store: StoreUrl = None,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Tell what the calls were, from ClickHouse: labels and actions, spam, campaigns, new entries, latency, tones.

    Dead letters are counted in Kafka, if it answers. Times of day are this machine's.
    """
    import msgspec
    from rich.console import Console

    from streams.clock import now_ms
    from streams.look.dead_letters import count_dead_letters
    from streams.look.page import report_page
    from streams.look.report import make_report
    from streams.look.span import since_ms
    from streams.look.store import migrated_store
    from streams.look.terminal import report_view

    settings = settings_of(store=store, broker=broker, prefix=prefix)
    now = now_ms()
    begin = since_ms(since, now)
    with migrated_store(settings.store) as opened:
        buried = count_dead_letters(settings, since_ms=begin)
        found = make_report(opened, since_ms=begin, now_ms=now, dead_letters=buried)
    if html is not None:
        html.write_text(report_page(found), encoding="utf-8")
        typer.echo(f"{found.totals.calls} calls in {html}")
    elif output == "json":
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        Console(highlight=False).print(report_view(found))
