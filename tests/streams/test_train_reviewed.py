"""Training takes what people said of calls from a store."""

from pathlib import Path

import pytest
from command import Command
from learning_world import NOON, feed_call

from streams.learning.reviews import accept
from streams.sink import SinkCore
from streams.store import open_store
from streams.store.migrations import migrate

pytestmark = pytest.mark.slow


def test_train_reads_reviews_before_it_begins_and_says_how_many(command: Command, tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/store"
    opened = open_store(url)
    migrate(opened)
    core = SinkCore()
    feed_call(core, "call", "dead_air")
    core.write(opened)
    accept(opened, "call", label="speech", chunk=0, reviewer="me", now_ms=NOON)
    opened.close()
    said = command("train", "--reviewed", url, "--dataset", tmp_path / "none", "--out", tmp_path / "model")
    assert (said.status, said.out) == (1, "1 reviewed chunks\n")
    assert "none" in said.err
