"""A page of results: Markdown and pictures whose bytes follow from the figures alone."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from models.evaluation.plots import svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER: Final = Path("docs/results/evaluation")
_FIGURE: Final = re.compile(r"[-<>=≥≤~ ]*\d[\d.,]*(e[-+]?\d+)?%?( |$)")
_SHORT: Final = 40  # characters: a longer cell is words


class Page:
    """One page, written in the order in which it is told.

    Parameters
    ----------
    name : str
        Of the file, without its ending; pictures begin with it.
    title : str
    command : str
        What makes the page anew.
    """

    def __init__(self, name: str, title: str, command: str) -> None:
        self.name = name
        self._parts = [f"# {title}", f"Made by `{command}`; what is written here by hand is lost with the next run."]
        self._pictures: dict[str, bytes] = {}

    def facts(self, facts: Mapping[str, object]) -> None:
        """List what the figures rest on: seed, data set, model, sources held out, how many."""
        self._parts.append("\n".join(f"- {name}: {value}" for name, value in facts.items()))

    def text(self, markdown: str) -> None:
        """Add Markdown: a heading, a paragraph."""
        self._parts.append(markdown.strip())

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a table; cells are Markdown on one line. Numbers stand to the right."""
        kept = [list(row) for row in rows]
        if not kept:
            return
        right = [all(_is_figure(row[place]) for row in kept) for place in range(len(headers))]
        lines = [headers, ["---:" if figures else "---" for figures in right], *kept]
        self._parts.append("\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines))

    def plot(self, name: str, figure: "Figure", alt: str) -> None:
        """Add a picture, which is saved as ``PAGE-NAME.svg``; `alt` says what it shows to who can't see it."""
        file = f"{self.name}-{name}.svg"
        self._pictures[file] = svg(figure)
        self._parts.append(f"![{alt}]({file})")

    def write(self, folder: Path = FOLDER) -> Path:
        """Write the page and its pictures; pictures of an earlier page of this name go.

        Returns
        -------
        Path
            Of the page.

        Raises
        ------
        OSError
            If it can't be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{self.name}-*.svg"):
            old.unlink()
        for file, content in self._pictures.items():
            (folder / file).write_bytes(content)
        path = folder / f"{self.name}.md"
        path.write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")
        return path


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _is_figure(value: object) -> bool:
    """Whether a cell is short and begins as a figure does: 0.97, 12 of 300, 1e-4, -55 dB, bold or not."""
    text = str(value).strip("*")
    return len(text) <= _SHORT and _FIGURE.match(text) is not None
