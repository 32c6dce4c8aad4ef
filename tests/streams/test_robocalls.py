"""Real robocalls that open with silence: not turned away for it, and known for what they are soon after."""

import os
from pathlib import Path

import pytest

from streams.classify.current import CurrentVerdicts
from streams.numbers import NumberHasher
from streams.scan.build import local_pipeline, local_tap
from streams.scan.files import open_packets

FOLDER = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data")).resolve() / "robocalls"
FILES = sorted(FOLDER.glob("*.flac")) if FOLDER.is_dir() else []
HARSH = {"divert", "block"}


@pytest.mark.skipif(not FILES, reason="no robocalls: CALLSIEVE_DATA names no folder that has them")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_robocall_that_opens_with_silence_is_challenged_at_most_and_heard_by_second_six(path: Path) -> None:
    current, labels = CurrentVerdicts(), {}
    with local_pipeline(replay=False, show_digits=False, policy=None) as pipeline:
        for verdict in pipeline.run(open_packets(path), local_tap(path, NumberHasher(bytes(32), "test"))):
            assert verdict.action not in HARSH, (verdict.start_s, verdict.label)
            if current.feed(verdict) and not verdict.last:
                labels[verdict.chunk] = current[verdict.call_id].label
    assert labels[2] in {"speech", "recording"}, labels
