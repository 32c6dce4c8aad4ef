"""A pipeline and a tap with nothing around them."""

import time
from pathlib import Path

from models.classifier import ChunkClassifier
from streams.fingerprint import FingerprintCore
from streams.lists import ListView
from streams.numbers import NumberHasher
from streams.policy import Policy
from streams.replay import ReplayIndex
from streams.rules import Rules
from streams.scan.files import L16_PAYLOAD_TYPE
from streams.scan.pipeline import LocalPipeline
from streams.store import open_store
from streams.store.migrations import migrate
from streams.tap import Tap, TapSettings


def local_pipeline(*, replay: bool, show_digits: bool, policy: Path | None) -> LocalPipeline:
    """A pipeline with the shipped model and an index in memory."""
    lists = ListView()
    fingerprint = None
    if replay:
        store = open_store("chdb://")
        store.create_database()
        migrate(store)
        fingerprint = FingerprintCore(ReplayIndex(store), lists, Rules.load(), clock=lambda: int(time.time() * 1000))
    return LocalPipeline(ChunkClassifier.load(), Policy.load(policy), lists, fingerprint, show_digits=show_digits)


def local_tap(number: int, telephone_event: int, key: bytes) -> Tap:
    """A tap on one file: all directions, audio files as L16."""
    settings = TapSettings(
        telephone_event_payload_type=telephone_event,
        payload_types={L16_PAYLOAD_TYPE: "l16"},
        directions=frozenset({"caller", "callee", "unknown"}),
    )
    return Tap(f"file-{number}", 0, 1, NumberHasher(key, "scan"), settings)
