"""An index of the decisions, from their own first lines."""

from pathlib import Path
from typing import Final

from pages.markdown import table

FOLDER: Final = Path(__file__).parents[1] / "adr"


def page() -> str:
    """Make the page."""
    rows = []
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        number, _, words = title.partition(" ")
        rows.append([number.rstrip("."), f"[{words}]({path.name})"])
    return "\n\n".join(
        ["# Decisions", "What binds all parts, and why it was decided so.", table(("", "decision"), rows)]
    )
