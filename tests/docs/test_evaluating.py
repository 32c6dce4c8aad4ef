"""The guide to evaluating: its example and its arithmetic."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models.evaluation.paper.table import precision_at

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "examples" / "e04_judge_the_judge.py"


def test_the_guides_precisions_follow_from_its_formula() -> None:
    rows = re.findall(
        r"^\| (0\.97) \| (\S+) \| (.+) % \|$", (DOCS / "guides" / "evaluating.md").read_text(), re.MULTILINE
    )

    assert len(rows) == 3
    for recall, alarms, said in rows:
        found = [100.0 * precision_at(float(recall), float(alarms), share) for share in (0.01, 0.20, 0.39)]
        assert [float(one) for one in said.split(" % | ")] == pytest.approx(found, abs=0.051)


def test_the_example_counts_right_and_wrong_labels_and_tells_lines_without_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "truth.csv").write_text(
        "file,start_s,label\na.wav,0.0,speech\na.wav,2.0,speech\nb.wav,0,dead_air\nc.wav,0,busy\n"
    )
    said = [("a.wav", 0.0, "speech"), ("x/a.wav", 2.0, "noise"), ("b.wav", 0.0, "dead_air"), ("b.wav", 2.0, "speech")]
    verdicts = [
        {"file": file, "start_s": at, "label": label, "scope": scope}
        for file, at, label in said
        for scope in ("chunk", "call")
    ]
    (tmp_path / "verdicts.jsonl").write_text("".join(json.dumps(one) + "\n" for one in verdicts))

    told = subprocess.run(
        [sys.executable, EXAMPLE, tmp_path / "truth.csv", tmp_path / "verdicts.jsonl"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    assert told == [
        "dead_air: precision 1/1 (2.5 to 100.0 %), recall 1/1 (2.5 to 100.0 %), from 1 files",
        "noise: precision 0/1 (0.0 to 97.5 %), recall none, from 0 files",
        "speech: precision 1/1 (2.5 to 100.0 %), recall 1/2 (1.3 to 98.7 %), from 1 files",
        "no verdict for 1 of the 4 lines: are start_s and the files' names those of the verdicts?",
    ]
