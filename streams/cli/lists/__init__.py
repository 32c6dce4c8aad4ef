"""``callsieve lists``: the black- and whitelist, by hand and by eye."""

import typer

from streams.cli.lists import change, check, forget, listing

lists = typer.Typer(
    help="The black- and whitelist: put numbers and campaigns on, take them off, look, and ask.", no_args_is_help=True
)
lists.command("add")(change.add)
lists.command("remove")(change.remove)
lists.command("disable")(change.disable)
lists.command("list")(listing.list_entries)
lists.command("keys")(listing.keys)
lists.command("explain")(listing.explain)
lists.command("check")(check.check)
lists.command("forget")(forget.forget)

__all__ = ["lists"]
