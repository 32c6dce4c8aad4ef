"""Which model judges, which one is tried beside it, and who decided so when: ``state.json`` of a library."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec

from models.errors import ModelError

FILE: Final = "state.json"
FORMAT: Final = 1
MAX_BYTES: Final = 1 << 20
MAX_HISTORY: Final = 1_000  # changes kept; the oldest go first
MAX_EARLIER: Final = 100  # steps that can be taken back
_WAY_OUT: Final = (
    "Mend it; or remove it, and the history and what rollback goes back to are gone with it, and the shipped model "
    "judges until you promote another; or unset CALLSIEVE_MODELS to go on with the shipped model alone"
)

SHIPPED_NAME: Final = "shipped"
"""Name of the model that the program brings, whatever its version: an update of the program updates it."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One decision.

    Attributes
    ----------
    at_ms : int
        When, ms since 1970.
    actor : str
        Who.
    action : str
        What was done.
    name : str
        What was added, is live, or is the shadow now; empty where there is no shadow any more.
    version : str
        Its version then: what ``shipped`` stands for changes with the program.
    """

    at_ms: int
    actor: str
    action: Literal["add", "promote", "rollback", "shadow"]
    name: str
    version: str


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided. A new library's: the shipped model judges, and it alone.

    Attributes
    ----------
    live : str
        Name of the version that judges.
    shadow : str or None
        Name of the version that is tried beside it.
    earlier : tuple of str
        Names that were live before, the latest last: where a rollback goes.
    history : tuple of Change
        The oldest first.
    """

    format: int = FORMAT
    live: str = SHIPPED_NAME
    shadow: str | None = None
    earlier: tuple[str, ...] = ()
    history: tuple[Change, ...] = ()

    def noted(self, actor: str, action: Literal["add", "promote", "rollback", "shadow"], **of: str) -> "State":
        """The same, with one more line of history, made now."""
        change = Change(at_ms=time.time_ns() // 1_000_000, actor=actor, action=action, **of)
        return msgspec.structs.replace(self, history=(*self.history, change)[-MAX_HISTORY:])


def read_state(folder: Path) -> State | None:
    """What a library's state says; None where there is none yet.

    Raises
    ------
    ModelError
        If it can't be read, is broken, or was written by a newer program.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise ModelError(f"{path} is larger than {MAX_BYTES} bytes: it isn't a library's state. {_WAY_OUT}")
    try:
        state = msgspec.json.decode(data, type=State)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is broken ({error}). {_WAY_OUT}") from error
    if state.format != FORMAT:
        raise ModelError(f"{path} is of format {state.format}, this program reads {FORMAT}: update the program")
    return state


def write_state(folder: Path, state: State) -> None:
    """Put a state in the place of the one before; whoever reads meanwhile sees the one or the other, whole."""
    path = folder / FILE
    fresh = folder / f".{FILE}.{os.getpid()}"
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One change at a time: two people who promote at once do so one after the other."""
    with (folder / ".lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
