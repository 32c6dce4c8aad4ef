"""The command line as a user meets it, in this process."""

import json
import os
import sys
from typing import Any

import pytest

from streams.cli.main import main


class Said:
    """What a command ended with: its status and what it wrote."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def objects(self) -> list[dict[str, Any]]:
        """JSON lines of the output."""
        return [json.loads(line) for line in self.out.splitlines()]

    def of_scope(self, scope: str) -> list[dict[str, Any]]:
        """JSON lines of one scope."""
        return [one for one in self.objects if one["scope"] == scope]


class Command:
    """Runs ``callsieve`` with arguments; an exception that gets out fails the test, as its trace would the user."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Said:
        self._monkeypatch.setattr(sys, "argv", ["callsieve", *map(str, arguments)])
        self._capsys.readouterr()
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        captured = self._capsys.readouterr()
        return Said(status, captured.out, captured.err)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``command("scan", path)`` as a user would type it, with nothing of CALLSIEVE_* set."""
    for name in [name for name in os.environ if name.startswith("CALLSIEVE_")]:
        monkeypatch.delenv(name)
    return Command(monkeypatch, capsys)
