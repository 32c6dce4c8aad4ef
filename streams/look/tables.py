"""Tables on a terminal that keep their cells whole, and words of records in them."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from streams.look.plain import printable


def table_of(*columns: str, right: Sequence[str] = (), folding: str = "") -> Table:
    """A table of whole cells, but for the column that folds where there is no room."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name != folding, overflow="fold")
    return table


def words_of(words: str, most: int | None = None) -> Text:
    """Words of a record in a cell: no colour, link or picture stands in them, whatever brackets they hold."""
    return Text(printable(words)[:most])
