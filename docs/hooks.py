"""What MkDocs asks while it builds the site: pages made from the code, and a navigation that holds what there is."""

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pages import commands, decisions, metrics, offline, results, settings, store, topics

HERE: Final = Path(__file__).parent

MADE: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "reference/topics.md": ("Topics and records", topics.page),
    "reference/settings.md": ("Settings", settings.page),
    "reference/commands.md": ("Commands", commands.page),
    "reference/store.md": ("Tables and questions", store.page),
    "reference/metrics.md": ("Metrics", metrics.page),
    "adr/index.md": ("Decisions", decisions.page),
    "results/index.md": ("Results", results.page),
}
# in this order, then whatever else there is
GUIDES: Final = (
    "producing",
    "tapping",
    "subscribing",
    "looking",
    "campaigns",
    "lists",
    "outcomes",
    "training",
    "evaluating",
    "models",
    "keys",
    "dead-letters",
)
# what stands beside docs/ and is linked to as if the reader had the repository
OUTSIDE: Final = {"README.md": "index.md", "CONTRIBUTING.md": "", "CHANGELOG.md": ""}
_PLOT: Final = re.compile(r"^!\[[^\]]*\]\([^)\s]+\.svg\)$", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put guides, decisions and made pages into the navigation."""
    nav: list[dict[str, Any]] = list(config.nav or [])
    for part in nav:
        if "Guides" in part:
            part["Guides"] = _guides()
        elif "Design" in part:
            found = [f"adr/{path.name}" for path in sorted((HERE / "adr").glob("[0-9]*.md"))]
            part["Design"] = [*part["Design"], {"Decisions": ["adr/index.md", *found]}]
        elif "Reference" in part:
            part["Reference"] = [{title: uri} for uri, (title, _) in MADE.items() if uri.startswith("reference/")]
        elif "Results" in part:
            found = [f"results/{name}" for name in results.written()]
            part["Results"] = [part["Results"], *found]
    config.nav = [part for part in nav if all(part.values())]
    return config


def _guides() -> list[str]:
    there = {path.stem: f"guides/{path.name}" for path in sorted((HERE / "guides").glob("*.md"))}
    ordered = [there.pop(name) for name in GUIDES if name in there]
    operating = ["operating.md"] if (HERE / "operating.md").exists() else []
    return ordered + list(there.values()) + operating


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Make the pages that follow from the code."""
    for uri, (_, page) in MADE.items():
        files.append(File.generated(config, uri, content=page()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to folders and out of the site into what the site has instead, or into plain words."""
    here = posixpath.dirname(page.file.src_uri)

    def inside(link: re.Match[str]) -> str:
        words, target, anchor = link.groups()
        place = posixpath.normpath(posixpath.join(here, target))
        if target.endswith("/"):
            place = f"{place}/index.md"
        if place.startswith("../"):
            place = OUTSIDE.get(place.removeprefix("../"), "")
        elif not target.endswith("/"):
            return link.group(0)
        if files.get_file_from_path(place) is None:
            return str(words)
        return f"[{words}]({posixpath.relpath(place, here or '.')}{anchor or ''})"

    if here in results.PLOTTED:  # plots are drawn on white: this class gives them their ground in dark pages
        markdown = _PLOT.sub(r"\g<0>{ .plot }", markdown)
    return _LINK.sub(inside, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse a site that needs or names another host: it is read where there is no network.

    Raises
    ------
    PluginError
        If a page does.
    """
    found = offline.foreign_addresses(Path(config.site_dir))
    if found:
        raise PluginError("pages lead to other hosts: " + "; ".join(found[:5]))
