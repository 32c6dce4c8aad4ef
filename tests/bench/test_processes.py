"""Commands beside a benchmark, and what they use."""

import os
import time
from pathlib import Path

import pytest

from bench.processes import Callsieve, Meter
from bench.result import BenchError


def test_a_meter_counts_from_its_mark() -> None:
    meter = Meter(os.getpid())
    meter.mark()
    begun = time.process_time()
    while time.process_time() - begun < 0.05:
        pass
    meter.look()
    assert 0.03 <= meter.cpu_s <= 5.0
    assert meter.memory_mb > 10


@pytest.mark.slow
def test_a_command_that_fails_is_told_with_its_own_words(tmp_path: Path) -> None:
    with Callsieve("scan", ["scan", str(tmp_path / "none.pcap")], {}, tmp_path / "log") as scan:
        with pytest.raises(BenchError, match=r"scan .*none\.pcap"):
            scan.wait_for("words that never come")
        with pytest.raises(BenchError, match="ended with status"):
            _ = scan.running


def test_a_command_that_is_not_wanted_any_more_is_ended(tmp_path: Path) -> None:
    with Callsieve("list", ["bench", "list"], {}, tmp_path / "log") as command:
        assert command.running
    with pytest.raises(BenchError, match="list ended with status -15"):
        _ = command.running
