"""A pipeline and a tap with nothing around them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.library import Library
from schemas.records import Direction
from streams.clock import now_ms
from streams.fingerprint import FingerprintCore
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.numbers import NumberHasher
from streams.policy import Policy
from streams.scan.files import L16_PAYLOAD_TYPE, is_audio
from streams.scan.pipeline import LocalPipeline
from streams.store import StoreError, open_store
from streams.store.migrations import migrate
from streams.tap import Tap, TapSettings


@contextmanager
def local_pipeline(
    *, replay: bool, show_digits: bool, policy: Path | None, library: str = ""
) -> Iterator[LocalPipeline]:
    """A pipeline with a library's live model, else the shipped one, and an index in memory, which is gone afterwards.

    Raises
    ------
    StoreError
        If replays are to be looked for and there is no chdb.
    PolicyError, ModelError
        If the policy or the model can't be used.
    """
    rules = Policy.load(policy)
    lists = ListView()
    models = Library(library)
    classifier = models.load(models.state().live)
    if not replay:
        yield LocalPipeline(classifier, rules, lists, None, show_digits=show_digits)
        return
    try:
        store = open_store("chdb://")
    except StoreError as error:
        raise StoreError(f"{error}; or scan with --no-replay, which needs no store") from error
    try:
        migrate(store)
        fingerprint = FingerprintCore(store, lists, Rules.load(), clock=now_ms)
        yield LocalPipeline(classifier, rules, lists, fingerprint, show_digits=show_digits)
    finally:
        store.close()


def local_tap(path: Path, hasher: NumberHasher, *, telephone_event: int = 101, callee: bool = False) -> Tap:
    """A tap on one file; of calls with SIP the caller's streams, and the callee's if asked."""
    directions: set[Direction] = {"caller", "unknown"}
    if callee:
        directions.add("callee")
    settings = TapSettings(
        telephone_event_payload_type=telephone_event,
        payload_types={L16_PAYLOAD_TYPE: "l16"} if is_audio(path) else {},
        directions=frozenset(directions),
    )
    return Tap(str(path), 0, 1, hasher, settings)
