"""What the commands of ``callsieve lists`` share: arguments, words, and the way to the lists."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from schemas.records import ListEntry

DAY_MS = 86_400_000

Kind = Annotated[Literal["black", "white"], typer.Argument(help="which list", show_default=False)]
Scope = Annotated[Literal["caller", "prefix", "trunk", "campaign"], typer.Option(help="what the value is")]
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


def state(entry: "ListEntry", now_ms: int) -> str:
    """In force, disabled or expired."""
    if entry.expires_ms is not None and entry.expires_ms <= now_ms:
        return "expired"
    return "disabled" if entry.state == "disabled" else "in force"


def entry_object(entry: "ListEntry", now_ms: int) -> dict[str, Any]:
    """An entry as JSON: the record's fields, and whether it is in force."""
    import msgspec

    return {**msgspec.to_builtins(entry), "in_force": state(entry, now_ms) == "in force"}


def print_json(value: object) -> None:
    """One line of JSON."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())
