"""``callsieve lists``: the black- and whitelist, by hand and by eye."""

import typer

from streams.cli.lists import change, check, forget, guard, listing, transfer, undo

lists = typer.Typer(
    help="The black- and whitelist: put numbers and campaigns on, take them off, look, and ask.\n\n"
    "Rules fill the blacklist: `lists list` shows with what, `lists explain` why, `lists protect` keeps them off, "
    "`lists undo` takes back.",
    no_args_is_help=True,
)
lists.command("add")(change.add)
lists.command("remove")(change.remove)
lists.command("disable")(change.disable)
lists.command("protect")(guard.protect)
lists.command("unprotect")(guard.unprotect)
lists.command("accept")(guard.accept)
lists.command("undo")(undo.undo)
lists.command("list")(listing.list_entries)
lists.command("keys")(listing.keys)
lists.command("explain")(listing.explain)
lists.command("check")(check.check)
lists.command("export")(transfer.export)
lists.command("import")(transfer.import_)
lists.command("forget")(forget.forget)

__all__ = ["lists"]
