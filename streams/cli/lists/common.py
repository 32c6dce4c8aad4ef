"""What the commands of ``callsieve lists`` share: arguments, words, and the way to the lists."""

import getpass
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry, ListScope
    from streams.lists import ListView
    from streams.settings import Settings

DAY_MS = 86_400_000
KINDS = ("black", "white", "protected")
BY_HAND = "by hand"

State = Literal["in force", "proposed", "disabled", "expired"]

Kind = Annotated[Literal["black", "white"], typer.Argument(help="which list", show_default=False)]
Scope = Annotated[Literal["caller", "prefix", "trunk", "campaign"], typer.Option(help="what the value is")]
AnyScope = Annotated[
    Literal["caller", "prefix", "trunk", "campaign"] | None,
    typer.Option(help="what the value is, where it could be several things", show_default=False),
]
Reason = Annotated[str, typer.Option(help="why, for whoever asks later", show_default=False)]
Yes = Annotated[bool, typer.Option("--yes", help="don't ask")]
Value = Annotated[
    str,
    typer.Argument(
        help="a number in E.164, a prefix of 5 or more digits, a trunk, a campaign id, or a hash from `lists list`",
        metavar="VALUE",
        show_default=False,
    ),
]
Days = Annotated[float | None, typer.Option(help="expires after so many days; otherwise never", min=0.01, max=36_500)]
Json = Annotated[bool, typer.Option("--json", help="JSON for programs; times are ms since 1970")]


def actor() -> str:
    """Who acts: the user of this terminal."""
    return f"person:{getpass.getuser()}"


def moment(ms: int | None) -> str:
    """A time to read, UTC."""
    if ms is None:
        return "never"
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):  # an entry of another program may say any number
        return f"{ms} ms"


def state(entry: "ListEntry", now_ms: int) -> State:
    """How an entry stands."""
    if entry.expires_ms is not None and entry.expires_ms <= now_ms:
        return "expired"
    return "in force" if entry.state == "active" else entry.state


def entries_of(
    view: "ListView", value: str, scope: "ListScope | None", settings: "Settings", kinds: Iterable[str]
) -> "list[ListEntry]":
    """Entries that name something, under each key: of one scope, or of any but ranges."""
    from schemas.ids import list_key

    found = [view.get(list_key(kind, of, name)) for kind in kinds for of, name in scoped_names(value, scope, settings)]
    return [entry for entry in found if entry is not None]


def scoped_names(value: str, scope: "ListScope | None", settings: "Settings") -> "list[tuple[ListScope, str]]":
    """Scope and value of every entry that could be meant; a number stands for its caller unless a scope is told."""
    from streams.lists.names import every_name_of, names_of

    if scope is not None:
        return [(scope, name.value) for name in names_of(value, scope, settings)]
    every: tuple[ListScope, ...] = ("caller", "prefix", "trunk", "campaign")
    found: list[tuple[ListScope, str]] = []
    for name, of in every_name_of(value, settings).items():
        found += [(of, name)] if of is not None and of != "prefix" else [(one, name) for one in every if of is None]
    return found


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def entry_object(entry: "ListEntry", now_ms: int) -> dict[str, Any]:
    """An entry as JSON: the record's fields, and whether it is in force."""
    import msgspec

    return {**msgspec.to_builtins(entry), "in_force": state(entry, now_ms) == "in force"}


def print_json(value: object) -> None:
    """One line of JSON."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
