"""``callsieve campaigns list`` and ``show``: which recordings were heard in several calls."""

from typing import Annotated, Any, Literal

import typer

from streams.cli.options import StoreUrl, settings_of

Campaign = Annotated[
    str, typer.Argument(help="its id, any that it ever had, or how that begins", metavar="ID", show_default=False)
]
Output = Annotated[Literal["table", "json"], typer.Option("--format", help="for people or for programs")]


def list_all(
    since: Annotated[
        str | None, typer.Option(help="heard since: 24h, 7d, today; otherwise ever", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(help="so many at most, those of most calls first", min=1)] = 20,
    output: Output = "table",
    store: StoreUrl = None,
) -> None:
    """List campaigns: distinct calls, callers and called numbers, when they were heard, whether they are listed.

    What is shared of the recording: the whole message, its beginning alone (a greeting, and then each goes its own
    way), one part or several; short where no two calls were heard for long enough to tell.
    """
    from streams.clock import now_ms
    from streams.look.campaigns import campaigns as found_in
    from streams.look.span import since_ms
    from streams.look.store import migrated_store
    from streams.look.terminal import campaign_table

    settings = settings_of(store=store)
    now = now_ms()
    begin = 0 if since is None else since_ms(since, now)
    with migrated_store(settings.store) as opened:
        found = found_in(opened, since_ms=begin, limit=limit, now_ms=now)
    if output == "json":
        _print_json(found)
    elif found:
        _print(campaign_table(found))
    else:
        typer.echo("no campaign: no recording was heard in two calls" + (f" since {since}" if since else ""))


def show(
    campaign: Campaign,
    output: Output = "table",
    store: StoreUrl = None,
) -> None:
    """Show a campaign: its calls, callers as hashes, which chunk matched where, and the list entries it led to.

    Also what was distinct in each hour it was heard in, or each day, and which seconds of the recording are shared.
    """
    from streams.clock import now_ms
    from streams.look.campaigns import campaign_story
    from streams.look.store import migrated_store
    from streams.look.terminal import story_view

    settings = settings_of(store=store)
    now = now_ms()
    with migrated_store(settings.store) as opened:
        story = campaign_story(opened, campaign, now_ms=now)
    if output == "json":
        _print_json(story)
    else:
        _print(story_view(story, now))


def _print(view: Any) -> None:
    from rich.console import Console

    Console(highlight=False).print(view)


def _print_json(value: Any) -> None:
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
