"""The tables of ``callsieve scan``, in terminals of two widths."""

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from command import Command
from look_world import make_verdict

from schemas.records import Passage
from streams.scan.report import stretches
from streams.simulate.pcapfile import write_pcap
from streams.simulate.planning import plan_calls

RATE = 8000


@pytest.fixture
def long_named(tmp_path: Path) -> Path:
    """A stereo file whose path is longer than a line."""
    folder = tmp_path / ("a-folder-with-quite-a-long-name-" * 3)
    folder.mkdir()
    path = folder / "recording-of-2026-01-31-at-half-past-ten-in-the-morning.wav"
    sf.write(path, np.zeros((5 * RATE, 2), np.int16), RATE)
    return path


@pytest.mark.parametrize("columns", [80, 120])
def test_no_line_is_wider_than_the_terminal(
    command: Command, monkeypatch: pytest.MonkeyPatch, long_named: Path, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = command("scan", "--no-replay", long_named)
    assert said.status == 0
    assert max(len(line.rstrip()) for line in said.out.splitlines()) <= columns
    assert said.out.count("digital_silence") >= 4


def test_channels_and_base_names_stand_for_paths(command: Command, long_named: Path) -> None:
    out = command("scan", "--no-replay", long_named).out
    assert "channel 1" in out
    assert "channel 2" in out
    assert str(long_named.parent) not in out


def test_chunks_alike_are_one_row(command: Command, long_named: Path) -> None:
    out = command("scan", "--no-replay", long_named).out
    assert out.count("0-6  digital_silence") == 2
    assert re.search(r"^judged by call_type-[0-9a-f]{12}$", out.strip().splitlines()[-1])


def test_two_files_of_one_name_keep_their_folders(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        sf.write(tmp_path / folder / "a.wav", np.zeros(5 * RATE, np.int16), RATE)
    out = command("scan", "--no-replay", "x", "y").out
    assert "x/a.wav: 1 channel" in out
    assert "y/a.wav: 1 channel" in out


def test_a_name_with_markup_in_it_is_shown_as_it_is(command: Command, tmp_path: Path) -> None:
    sf.write(tmp_path / "a[red]b.wav", np.zeros((5 * RATE, 2), np.int16), RATE)
    assert command("scan", "--no-replay", tmp_path).out.count("a[red]b.wav") == 3


def test_a_name_that_would_steer_the_terminal_does_not(command: Command, tmp_path: Path) -> None:
    sf.write(tmp_path / "a\x1b[2Jb.wav", np.zeros((5 * RATE, 2), np.int16), RATE)
    out = command("scan", "--no-replay", tmp_path).out
    assert "\x1b" not in out
    assert "a?[2Jb.wav" in out


@pytest.mark.slow
def test_sip_calls_show_both_numbers_and_the_call_id(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    plan = plan_calls(3, 12, spread_s=5.0)
    write_pcap(tmp_path / "calls.pcap", plan)
    out = command("scan", "--no-replay", tmp_path / "calls.pcap").out
    assert "12 calls" in out
    for call in plan.calls:
        assert call.sip_call_id in out
        assert call.caller.lstrip("+0") in out
        assert call.callee.lstrip("+0") in out


@pytest.mark.slow
def test_the_streams_of_a_call_have_headings(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    write_pcap(tmp_path / "calls.pcap", plan_calls(3, 12, spread_s=5.0))
    out = command("scan", "--no-replay", tmp_path / "calls.pcap").out
    assert "stream 1 of 2, before the first packet of audio" in out
    assert re.search(r"stream 2 of 2, SSRC [0-9a-f]{8}\n", out)


def test_a_file_without_a_call_says_why(command: Command, tmp_path: Path) -> None:
    sf.write(tmp_path / "short.wav", np.ones(160, np.int16), RATE)
    said = command("scan", "--no-replay", tmp_path)
    assert said.status == 0
    assert said.err == f"callsieve: {tmp_path}/short.wav: no call: shorter than 40 ms, the least that makes a stream\n"


@pytest.mark.slow
def test_the_summary_names_the_callers_a_campaign_would_blacklist(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    plan = plan_calls(3, 60, spread_s=40.0)
    write_pcap(tmp_path / "calls.pcap", plan)
    assert "1 caller for the blacklist" in command("scan", tmp_path / "calls.pcap").out


def test_a_mixed_chunk_stands_alone_with_its_passages_below() -> None:
    parts = [
        Passage(label="ringback", start_s=0.0, duration_s=1.2, probability=0.98),
        Passage(label="speech", start_s=1.2, duration_s=0.8, probability=0.91),
    ]
    chunks = [make_verdict(chunk=n, scope="chunk", label="speech", passages=parts if n == 1 else []) for n in range(4)]
    found = list(stretches(chunks))
    assert [each.time for each in found] == ["0-2", "2-4", "4-8"]
    assert list(found[1].passages) == [("2.0-3.2", "  ringback", "0.98"), ("3.2-4.0", "  speech", "0.91")]
