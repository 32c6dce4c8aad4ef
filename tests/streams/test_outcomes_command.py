"""What ``callsieve outcomes send`` says of a file before Kafka is asked: here there is none."""

from pathlib import Path

import pytest
from command import Command

LINES = '{"call_id": "a"}\n'
NOWHERE = ("--broker", "kafka://127.0.0.1:1")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv", b"call;outcome\n1;2\n", "the first line names 'call'"),
        ("a.csv", b"call_id,ivr_result\n", "no outcomes in"),
        ("a.jsonl", b"", "no outcomes in"),
        ("a.jsonl", b"\x7fELF\x00\xff\n" * 40, "no outcomes in"),
        ("a.jsonl", b"[]\n", "no outcomes in"),
    ],
)
def test_a_file_without_an_outcome_is_told_at_once(
    command: Command, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for option in ((), ("--dry-run",)):
        said = command("outcomes", "send", path, *NOWHERE, *option)
        assert (said.status, said.out) == (1, "")
        assert said.err.splitlines()[-1].startswith(f"callsieve: {why}")
        assert len(said.err.splitlines()) <= 2  # what is no text is told once


def test_a_dry_run_checks_every_line_and_sends_nothing(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(LINES)
    said = command("outcomes", "send", path, *NOWHERE, "--dry-run")
    assert (said.status, said.out, said.err) == (0, "1 outcome would be sent\n", "")
    path.write_text(LINES + LINES + "{}\n")
    said = command("outcomes", "send", path, *NOWHERE, "--dry-run")
    assert (said.status, said.out) == (1, "2 outcomes would be sent; lines refused: 1\n")
    assert said.err.startswith("line 3: names no call")
