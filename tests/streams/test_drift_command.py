"""What cron sees of drift."""

from pathlib import Path

import pytest
from command import Command
from learning_world import feed_labels

from streams.store import open_store
from streams.store.migrations import migrate


@pytest.mark.slow
def test_the_command_ends_with_1_where_calls_drifted_and_0_where_not(command: Command, tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/store"
    words = ("drift", "--store", url, "--since", "2023-11-15T01:00+00:00", "--window", "30000d")
    opened = open_store(url)
    migrate(opened)
    for hour in range(4):
        feed_labels(opened, hour, **({"speech": 60, "noise": 40} if hour < 3 else {"fax": 100}))
    opened.close()
    steady = command(*words, "--at-least", "101")
    assert (steady.status, "too few" in steady.out) == (0, True)
    moved = command(*words, "--at-least", "50", "--format", "jsonl")
    assert command(*words, "--threshold", "nan").status == 2
    assert (moved.status, [each["over"] for each in moved.objects if each["kind"] == "labels"]) == (1, [True])
