"""``callsieve models``: which model judges, which is tried beside it, and what the difference would be."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from streams.cli.lists.common import actor
from streams.cli.options import StoreUrl, settings_of

if TYPE_CHECKING:
    from models.library import Library, Switch

models = typer.Typer(
    help="See, try, compare and change the model that judges.\n\n"
    "A model library is a directory with a folder for each version; every classify worker reads the same one "
    "(CALLSIEVE_MODELS, or --library). From training to use, and back:\n\n"
    "    callsieve train --out build/model\n\n"
    "    callsieve models add build/model      into the library; nothing else changes\n\n"
    "    callsieve models shadow call_type-1a  judges beside the live one, to call.verdicts.shadow\n\n"
    "    callsieve models compare --since 24h  what would be otherwise?\n\n"
    "    callsieve models promote call_type-1a judges from now on; workers see it within seconds\n\n"
    "    callsieve models rollback             the one before judges again\n\n"
    "The model that the program brings is always there as 'shipped'.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Folder = Annotated[
    str | None,
    typer.Option("--library", help="directory of the model library", envvar="CALLSIEVE_MODELS", show_default=False),
]
Begin = Annotated[
    str,
    typer.Argument(help="its version, or how that begins; or shipped", metavar="VERSION", show_default=False),
]


@models.command("list")
def list_all(
    library: Folder = None,
    output: Annotated[Literal["table", "jsonl"], typer.Option("--format", help="for people or for programs")] = "table",
) -> None:
    """List the versions there are: which is live or a shadow, and what each was trained on.

    Each is loaded as a worker would: one that can't be used here says why, and if it is the live one the status is 1.
    How well a version does, its card tells: callsieve models show VERSION.
    """
    from models.errors import ModelError
    from streams.look.library import version_table, versions

    opened = _library_or_shipped(library)
    if output == "jsonl":
        _print_lines(versions(opened))
    else:
        _print(version_table(opened))
    live = opened.version(opened.state().live)
    if live.error:
        raise ModelError(
            f"the live model {live.version} can't be used: a worker that starts with it ends. 'callsieve models "
            "promote' names another, 'callsieve models rollback' the one before"
        )


@models.command("show")
def show(
    version: Annotated[
        str, typer.Argument(help="its version, or how that begins; by default the live one", show_default=False)
    ] = "",
    history: Annotated[bool, typer.Option("--history", help="who changed what when, instead of a card")] = False,
    library: Folder = None,
) -> None:
    """Show the card of a model: what it is for, what it was trained on, its figures, where it fails."""
    from streams.look.library import card_of, history_lines

    opened = _library_or_shipped(library)
    if history:
        typer.echo("\n".join(history_lines(opened)) or "nothing was changed yet: the shipped model judges")
    else:
        typer.echo(card_of(opened, version))


@models.command("add")
def add(
    folder: Annotated[
        Path, typer.Argument(help="what 'callsieve train --out' wrote", metavar="DIR", show_default=False)
    ],
    library: Folder = None,
) -> None:
    """Copy a trained model into the library, which is made where there is none. Nothing judges by it yet."""
    from models.library import SHIPPED_NAME

    opened = _library(library)
    version = opened.add(folder, actor=actor())
    typer.echo(f"{version} is in the library; try it beside the live one: callsieve models shadow {version}")
    _warn(opened.lacking(version, opened.state().live, SHIPPED_NAME))


@models.command("promote")
def promote(version: Begin, library: Folder = None) -> None:
    """Let a version judge. It is loaded here first; workers take it into use within seconds, without a restart."""
    from models.library import SHIPPED_NAME

    opened = _library(library)
    switch = opened.promote(version, actor=actor())
    typer.echo(f"{switch.version} is live instead of {switch.before}; back: callsieve models rollback")
    _tell_of_shadow(switch)
    _warn(opened.lacking(switch.version, switch.before, SHIPPED_NAME))


@models.command("rollback")
def rollback(library: Folder = None) -> None:
    """Let the version judge again that did before. Once more goes one further back."""
    switch = _library(library).rollback(actor=actor())
    typer.echo(f"{switch.version} is live again instead of {switch.before}")
    _tell_of_shadow(switch)


@models.command("shadow")
def shadow(
    version: Annotated[
        str, typer.Argument(help="its version, or how that begins; or shipped", show_default=False)
    ] = "",
    off: Annotated[bool, typer.Option("--off", help="try none any more")] = False,
    library: Folder = None,
) -> None:
    """Try a version beside the live one: its verdicts go to call.verdicts.shadow and to ClickHouse, marked dry run.

    It hears what the live one hears and costs as much computing once more. Of a call that is under way it says nothing
    for eight chunks (16 s), which its call labels need; of a new one it tells from the first.
    """
    if bool(version) == off:
        raise typer.BadParameter("name a version to try, or say --off")
    from models.library import SHIPPED_NAME

    opened = _library(library)
    before = opened.state().shadow
    tried = opened.set_shadow(None if off else version, actor=actor())
    if tried is not None:
        typer.echo(f"{tried} is tried beside the live one")
        _warn(opened.lacking(tried, opened.state().live, SHIPPED_NAME))
    else:
        typer.echo("no model is tried any more" if before else "there was no shadow: nothing has changed")


@models.command("compare")
def compare(
    since: Annotated[str, typer.Option(help="today, or so long ago: 1h, 24h, 7d; or a date or time")] = "24h",
    output: Annotated[Literal["table", "jsonl"], typer.Option("--format", help="for people or for programs")] = "table",
    limit: Annotated[int, typer.Option(help="so many changed calls are named", min=0)] = 20,
    store: StoreUrl = None,
) -> None:
    """Compare the live model and its shadow on all that both have judged, from ClickHouse.

    How often they agree, which labels they confuse, and to which calls something else would be done: of each call the
    severest action counts, and calls that a tone, a replay or a list decides are left out. A line of jsonl is an
    agreement, a confusion or a call (kind).
    """
    from streams.clock import now_ms
    from streams.look.comparison import comparison_lines, comparison_view
    from streams.look.models import compare_models
    from streams.look.span import since_ms
    from streams.look.store import migrated_store

    settings = settings_of(store=store)
    begin = since_ms(since, now_ms())
    with migrated_store(settings.store) as opened:
        found = compare_models(opened, since_ms=begin)
    if output == "jsonl":
        _print_lines(line for each in found for line in comparison_lines(each))
    elif found:
        for each in found:
            _print(comparison_view(each, limit=limit))
    else:
        typer.echo(f"no chunk was judged by two models since {since}: see 'callsieve models shadow --help'")


def _library(folder: str | None) -> "Library":
    from models.library import Library

    return Library(settings_of(models=folder).models)


def _library_or_shipped(folder: str | None) -> "Library":
    """To look at: where there is no library yet there is the shipped model to see."""
    from models.library import Library

    library = _library(folder)
    if library.folder is None or library.folder.exists():
        return library
    typer.echo(
        f"there is no model library at {library.folder}, only the shipped model: 'callsieve models add' begins one",
        err=True,
    )
    return Library()


def _tell_of_shadow(switch: "Switch") -> None:
    if switch.shadow_ended:
        typer.echo("it was the shadow: none is tried beside it any more")


def _warn(lacking: list[str]) -> None:
    if lacking:
        typer.echo(
            f"warning: this model can't hear {', '.join(lacking)}, which the live or the shipped one can: what no "
            "tone detector tells of these gets another label, or none",
            err=True,
        )


def _print(view: Any) -> None:
    from rich.console import Console

    Console(highlight=False).print(view)


def _print_lines(lines: Iterable[Any]) -> None:
    import msgspec

    for line in lines:
        typer.echo(msgspec.json.encode(line).decode())
