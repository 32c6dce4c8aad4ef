"""``callsieve campaigns``: recordings that were heard in several calls."""

import typer

from streams.cli.campaigns import listed, looking, mending, plot, stats

campaigns = typer.Typer(
    help="See which recordings are replayed, in which calls, by whom; allow and block them.\n\n"
    "A campaign is known by the id of its first call; the beginning of an id will do. Ids of campaigns that were "
    "merged into others go on working.",
    no_args_is_help=True,
)
campaigns.command("list")(looking.list_all)
campaigns.command("show")(looking.show)
campaigns.command("plot")(plot.plot)
campaigns.command("stats")(stats.stats)
campaigns.command("allow")(listed.allow)
campaigns.command("block")(listed.block)
campaigns.command("repair")(mending.repair)

__all__ = ["campaigns"]
