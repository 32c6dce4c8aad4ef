"""Verdicts on standard output, batch by batch, for as long as somebody reads."""

import os
import select
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

import msgspec
from rich.console import Console

from schemas.records import Verdict
from streams.look.lines import VerdictLines, live_object, painters


class VerdictOutput:
    """Columns for people, coloured on a terminal, or objects for programs.

    Parameters
    ----------
    as_json
        An object a line.
    unmask
        Keep the symbols of digits instead of '?'.
    """

    def __init__(self, *, as_json: bool, unmask: bool) -> None:
        self._render: Callable[[Verdict], str]
        self._heading = ""
        if as_json:
            self._render = lambda verdict: msgspec.json.encode(live_object(verdict, unmask=unmask)).decode()
        else:
            console = Console()
            lines = VerdictLines(
                width=console.width if console.is_terminal else None, colours=painters(console), unmask=unmask
            )
            self._render, self._heading = lines.line, lines.heading + "\n"
        self._reader = select.poll()
        with suppress(OSError):  # whoever took standard output away hears all there is
            self._reader.register(sys.stdout.fileno(), 0)  # hang-ups and errors are told unasked

    def begin(self) -> None:
        """Write the names of the columns."""
        self._write(self._heading)

    def write(self, verdicts: Iterable[Verdict]) -> None:
        """Write verdicts, a line each.

        Raises
        ------
        BrokenPipeError
            If nobody reads any more.
        """
        self._write("".join(f"{self._render(verdict)}\n" for verdict in verdicts))

    @property
    def unread(self) -> bool:
        """Whether nobody reads any more: known before there is something to write."""
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in self._reader.poll(0))

    def abandon(self) -> None:
        """Have what is left to write go nowhere."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
