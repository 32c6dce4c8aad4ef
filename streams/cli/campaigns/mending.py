"""``callsieve campaigns repair``: campaigns made whole from their edges."""

from typing import Annotated

import typer

from streams.cli.campaigns.looking import Output
from streams.cli.options import StoreUrl, settings_of


def repair(
    since: Annotated[str, typer.Option(help="look at what was heard since: 24h, 7d, today")] = "7d",
    output: Output = "table",
    store: StoreUrl = None,
) -> None:
    """Mend campaigns that a worker which died, or two at once, left in pieces; safe at any time, and again.

    Every pair of calls that hold the same sound is kept as an edge, before anything else is written. This follows the
    edges, joins calls to their campaigns, merges campaigns that are one, and tells what it mended. Fingerprint workers
    do the same every few minutes for what was heard lately.
    """
    from dataclasses import asdict

    import msgspec

    from streams.campaigns.repair import repair as mend
    from streams.campaigns.repair import summary
    from streams.clock import now_ms
    from streams.look.span import since_ms
    from streams.look.store import migrated_store

    settings = settings_of(store=store)
    begin = since_ms(since, now_ms())
    with migrated_store(settings.store) as opened:
        found = mend(opened, since_ms=begin, tell=lambda line: typer.echo(line, err=True))
    if output == "json":
        typer.echo(msgspec.json.encode({**asdict(found), "mended": found.mended}).decode())
    else:
        typer.echo(summary(found))
