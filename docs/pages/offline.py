"""Sees that a built page asks nothing of other hosts and leads nowhere else."""

import re
from pathlib import Path
from typing import Final

_FOREIGN: Final = re.compile(r"""(?:\b(?:src|href|srcset|action|content)=["']?|url\(["']?)((?:https?:)?//[^"'\s)>]+)""")
_FETCHED: Final = re.compile(r'class="mermaid"')  # the theme would fetch its renderer


def foreign_addresses(site: Path) -> list[str]:
    """Addresses of other hosts in a site's pages and style sheets, each with its file."""
    found: list[str] = []
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        addresses = _FOREIGN.findall(text) + _FETCHED.findall(text)
        found += [f"{path.relative_to(site)}: {address}" for address in addresses]
    return found
