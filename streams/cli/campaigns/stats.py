"""``callsieve campaigns stats``: how campaigns go, and how well they are stopped."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from streams.cli.options import StoreUrl, settings_of


def stats(
    since: Annotated[str, typer.Option(help="so long ago: 24h, 7d; today; or a date or time")] = "24h",
    by: Annotated[
        Literal["hour", "day"] | None,
        typer.Option(
            help="count by hour or day; otherwise by what cuts the span into less than fifty", show_default=False
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="so many campaigns, entries and callers a table", min=1, max=1000)] = 10,
    output: Annotated[Literal["table", "json"], typer.Option("--format", help="for people or for programs")] = "table",
    html: Annotated[
        Path | None, typer.Option(help="write one page with charts to this file instead", show_default=False)
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Tell how campaigns go: by hour, by caller and trunk, how soon they are stopped, and which stops may be wrong.

    The questions stand in the reference, to be asked of ClickHouse
    by other programs too.
    """
    import msgspec
    from rich.console import Console

    from streams.clock import now_ms
    from streams.look.campaigns import DAY_MS, HOUR_MS
    from streams.look.replays import replay_stats
    from streams.look.replays_page import stats_page
    from streams.look.replays_view import stats_view
    from streams.look.span import since_ms
    from streams.look.store import migrated_store

    settings = settings_of(store=store)
    now = now_ms()
    steps = {"hour": HOUR_MS, "day": DAY_MS}
    with migrated_store(settings.store) as opened:
        found = replay_stats(
            opened, since_ms=since_ms(since, now), now_ms=now, step_ms=steps[by] if by else None, limit=limit
        )
    if html is not None:
        html.write_text(stats_page(found), encoding="utf-8")
        typer.echo(f"{found.calls_touched} of {found.calls} calls in campaigns: {html}")
    elif output == "json":
        typer.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        Console(highlight=False).print(stats_view(found))
