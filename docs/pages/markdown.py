"""Small pieces of Markdown."""

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Text as it may stand in a table: on one line, with bars and angle brackets that mean themselves."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def code(text: object) -> str:
    """Text as code in a table; nothing where there is none."""
    return f"`{' '.join(str(text).split())}`" if str(text) else ""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay out a table whose cells are Markdown already; empty where there are no rows."""
    lines = [" | ".join(row) for row in rows]
    if not lines:
        return ""
    head = [" | ".join(headings), " | ".join("---" for _ in headings)]
    return "\n".join(f"| {line} |" for line in head + lines) + "\n"
