"""A model library to look at: its versions, their cards, and who changed what."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.artifact import CARD_FILE, read_info
from models.errors import ModelError
from models.library import SHIPPED_NAME, Library, Version
from streams.look.plain import printable
from streams.look.span import clock_time

MAX_CARD: Final = 1 << 20
MOMENT: Final = "%Y-%m-%d %H:%M"


def versions(library: Library) -> Iterator[dict[str, Any]]:
    """What there is to say of each version, the live one first."""
    state = library.state()
    added = {change.version: change.at_ms for change in state.history if change.action == "add"}
    names = library.names()
    names += [name for name in (state.live, state.shadow) if name is not None and name not in names]
    for name in sorted(names, key=lambda each: (each != state.live, each != state.shadow, each == SHIPPED_NAME, each)):
        version = library.version(name)
        yield {
            "version": version.version,
            "shipped": name == SHIPPED_NAME,
            "use": "live" if name == state.live else "shadow" if name == state.shadow else "",
            "added_ms": added.get(name),
            "trained_on": _trained_on(version),
            "error": version.error,
        }


def version_table(library: Library) -> RenderableType:
    """A row for each version, and below why some can't be used."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("use", "version", "added", "data set", "chunks", "reviewed"):
        table.add_column(name, no_wrap=True, justify="right" if name in ("chunks", "reviewed") else "left")
    wrong: list[Text] = []
    for each in versions(library):
        added = "shipped" if each["shipped"] else clock_time(each["added_ms"], MOMENT) if each["added_ms"] else ""
        style = {"live": "bold green", "shadow": "cyan"}.get(each["use"], "")
        cells = [Text(each["use"], style=style), Text(printable(each["version"])), Text(added)]
        told = each["trained_on"]
        cells += [Text(printable(str(told[name]))[:8]) for name in ("dataset", "chunks", "reviewed") if told]
        table.add_row(*cells)
        if each["error"]:
            wrong.append(Text(f"{printable(each['version'])} can't be used: {printable(each['error'])}", style="red"))
    return Group(table, *wrong)


def card_of(library: Library, begin: str = "") -> str:
    """The card of the version that begins so, by default of the live one; of one without a card, what it says itself.

    Raises
    ------
    ModelError
        If there is no such version, or nothing of it can be read.
    """
    name = library.find(begin) if begin else library.state().live
    version = library.version(name)
    folder = version.folder
    try:
        with (folder / CARD_FILE).open("rb") as file:
            card = file.read(MAX_CARD).decode("utf-8", "replace")
    except OSError as error:
        raise ModelError(f"{version.version} has no card ({folder / CARD_FILE}: {error.strerror})") from error
    wrong = [f"It can't be used here: {version.error}", ""] if version.error else []
    return "\n".join(printable(line) for line in [*wrong, *card.splitlines()])


def history_lines(library: Library) -> list[str]:
    """Who changed what, the newest first."""
    state = library.state()
    return [
        printable(
            f"{clock_time(change.at_ms, MOMENT)}  {change.action:8}  {change.version or 'off':24}  {change.actor}"
        )
        for change in reversed(state.history)
    ]


def _trained_on(version: Version) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.to_builtins(read_info(version.folder).trained_on)
    except ModelError:
        return {}
    return found
