"""What cron sees of drift."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from command import Command
from learning_world import HOUR, HOUR_MS, feed_labels

from streams.clock import now_ms
from streams.store import open_store
from streams.store.migrations import migrate


@pytest.mark.slow
def test_the_command_ends_with_1_where_calls_drifted_with_0_where_not_and_with_3_where_none_were(
    command: Command, tmp_path: Path
) -> None:
    url = f"chdb://{tmp_path}/store"
    first = (now_ms() - HOUR) // HOUR_MS - 3
    since = datetime.fromtimestamp((HOUR + (first + 1) * HOUR_MS) / 1000, UTC).isoformat()
    words = ("drift", "--store", url, "--since", since, "--window", "1h")
    opened = open_store(url)
    migrate(opened)
    opened.close()
    idle = command(*words, "--format", "jsonl")
    assert (idle.status, idle.out, "no chunk was measured or judged" in idle.err) == (3, "", True)
    opened = open_store(url)
    for hour in range(4):
        feed_labels(opened, first + hour, **({"speech": 60, "noise": 40} if hour < 3 else {"fax": 100}))
    opened.close()
    steady = command(*words, "--at-least", "101")
    assert (steady.status, "too few" in steady.out) == (0, True)
    ancient = command("drift", "--store", url, "--since", "400d")
    assert (ancient.status, "look back less far" in ancient.err) == (1, True)
    moved = command(*words, "--at-least", "50", "--format", "jsonl")
    assert command(*words, "--threshold", "nan").status == 2
    over = [each["over"] for each in moved.objects if each["kind"] == "labels"]
    assert (moved.status, over) == (1, [False, False, True])
