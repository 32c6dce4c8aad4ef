"""Calls whose outcome says something about their label, and what people make of it: examples for the next training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.sound import VERSION
from models.classifier import LABELS
from models.rules import DEAD_AIR_DBFS, MIN_COVERAGE
from models.vector import FEATURE_NAMES
from streams.learning import LearningError
from streams.learning.measured import model_row
from streams.limits import MAX_TEXT
from streams.store import Store
from streams.store.queries import ask

DAY_MS: Final = 86_400_000
# These follow from their definitions, or from no sound at all: nothing is learnt of them.
LEARNT: Final = tuple(
    label for label in LABELS if label not in ("no_media", "digital_silence", "comfort_noise", "recording", "undecided")
)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A call to look at: why, and what the chunk could be.

    ``speech_count`` is -1 where nobody told it.
    """

    call_id: str
    stream_id: str
    chunk: int
    kind: Literal["mistake", "missed", "agreed"]
    suggested: str
    label: str
    probability: float
    action: str
    chunk_label: str
    chunk_probability: float
    rms_dbfs: float
    ivr_result: str
    ended_by: str
    speech_count: int
    captured_ms: int


class KeptChunk(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one of a stream's first chunks; ``values`` as in ``chunk_features``."""

    stream_id: str
    chunk: int
    direction: str
    coverage: float
    rms_dbfs: float
    features_version: int
    values: list[float]
    captured_ms: int


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """The newest word on a chunk."""

    stream_id: str
    chunk: int
    label: str
    state: Literal["accepted", "rejected"]
    reviewer: str
    reason: str
    reviewed_ms: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Examples that people labelled.

    Attributes
    ----------
    rows : ndarray of float32, shape (n, len(FEATURE_NAMES))
    labels : list of str
        One a row.
    calls : list of str
        Id of each row's call: rows of one call belong together.
    left_out : int
        Examples of another version of the features, which this program can't learn from.
    """

    rows: NDArray[np.float32]
    labels: list[str]
    calls: list[str]
    left_out: int


class _Sounded(msgspec.Struct, frozen=True):
    symbol: str
    start_s: float
    duration_s: float


def review_queue(store: Store, *, since_ms: int, until_ms: int, limit: int, call_id: str = "") -> list[Candidate]:
    """Calls of a span of time that nobody has reviewed, those first that teach most.

    Parameters
    ----------
    store
        A migrated one.
    since_ms, until_ms
        When they were heard; ms since 1970.
    limit
        At most so many.
    call_id
        This one alone.

    Raises
    ------
    StoreError
        If the store fails.
    """
    rows = ask(
        store,
        "review_queue",
        since_ms=since_ms,
        until_ms=until_ms,
        limit=limit,
        call_id=call_id,
        quiet_dbfs=DEAD_AIR_DBFS,
        min_coverage=MIN_COVERAGE,
    )
    return msgspec.convert(rows, list[Candidate])


def find_call(store: Store, begin: str) -> tuple[str, int]:
    """Id of the call whose id begins so, or that SIP calls so, and when it was heard last (ms since 1970).

    Raises
    ------
    LearningError
        If there is none of which features are kept, or more than one.
    StoreError
        If the store fails.
    """
    found = ask(store, "calls_reviewable", begin=begin, limit=2) if begin else []
    if not found:
        raise LearningError(
            f"no call {begin!r} is known, by the beginning of its id or by SIP's Call-ID; if it was heard, no features "
            "of it are kept (CALLSIEVE_FEATURE_CHUNKS)"
        )
    if len(found) > 1:
        raise LearningError(f"more than one call begins with {begin!r}: say more of its id")
    return str(found[0]["call_id"]), int(found[0]["heard_ms"])


def candidate_of(store: Store, call_id: str, heard_ms: int) -> Candidate | None:
    """The call as a candidate; None where its outcome says nothing, or it was reviewed."""
    span = {"since_ms": max(0, heard_ms - DAY_MS), "until_ms": heard_ms + DAY_MS}
    return next(iter(review_queue(store, **span, limit=1, call_id=call_id)), None)


def kept_chunks(store: Store, call_id: str) -> list[KeptChunk]:
    """What is kept of a call's first chunks, in their order."""
    return msgspec.convert(ask(store, "features_of_call", call_id=call_id), list[KeptChunk])


def reviews_of(store: Store, call_id: str) -> list[Review]:
    """What people said of a call's chunks."""
    return msgspec.convert(ask(store, "reviews_of_call", call_id=call_id), list[Review])


def accept(
    store: Store, begin: str, *, label: str | None, chunk: int | None, reviewer: str, now_ms: int
) -> tuple[str, Review]:
    """Give a chunk of a call a label, and keep all that a training needs of it.

    Parameters
    ----------
    store
        A migrated one.
    begin
        Begin of the call's id, or its SIP Call-ID.
    label
        By default what its outcome suggests.
    chunk
        By default the one that the suggestion is about, or the first.
    reviewer
        Who says so.
    now_ms
        ms since 1970.

    Returns
    -------
    tuple of str and Review
        Id of the call, and what was written.

    Raises
    ------
    LearningError
        If nothing is learnt of the label, there is no such call or chunk, nothing is suggested and no label given, or
        the chunk was measured by another version of this program.
    StoreError
        If the store fails.
    """
    if label is not None and label not in LEARNT:
        raise LearningError(f"nothing is learnt of {label[:40]!r}: a chunk can be {', '.join(LEARNT)}")
    call_id, heard_ms = find_call(store, begin)
    candidate = candidate_of(store, call_id, heard_ms)
    label = label or (candidate.suggested if candidate else None)
    if label is None:
        raise LearningError(f"the outcome of {call_id[:12]} suggests nothing, or it was reviewed before: say --label")
    kept = _chosen(kept_chunks(store, call_id), candidate, chunk, call_id)
    tones = msgspec.convert(
        [row for row in ask(store, "tones_of_call", call_id=call_id) if _same(row, kept)], list[_Sounded]
    )
    try:
        if kept.features_version != VERSION:
            raise ValueError(f"features are of version {kept.features_version}, not {VERSION}")
        values = model_row(kept.values, kept.coverage, tones)
    except ValueError as error:
        raise LearningError(f"{call_id[:12]} can't be learnt from: {error}") from error
    review = Review(
        stream_id=kept.stream_id, chunk=kept.chunk, label=label, state="accepted", reviewer=reviewer, reason="",
        reviewed_ms=now_ms,
    )  # fmt: skip
    _write(store, call_id, review, values.tolist())
    return call_id, review


def reject(store: Store, begin: str, *, reason: str, reviewer: str, now_ms: int) -> tuple[str, Review]:
    """Say that a call is not what its outcome suggests, so that it is asked no more and nothing is learnt of it.

    Parameters are those of `accept`; ``reason`` is for whoever asks later.

    Raises
    ------
    LearningError
        If there is no such call.
    StoreError
        If the store fails.
    """
    call_id, heard_ms = find_call(store, begin)
    candidate = candidate_of(store, call_id, heard_ms)
    kept = _chosen(kept_chunks(store, call_id), candidate, None, call_id)
    review = Review(
        stream_id=kept.stream_id, chunk=kept.chunk, label=candidate.suggested if candidate else "", state="rejected",
        reviewer=reviewer, reason=reason, reviewed_ms=now_ms,
    )  # fmt: skip
    _write(store, call_id, review, [])
    return call_id, review


def _chosen(chunks: Sequence[KeptChunk], candidate: Candidate | None, number: int | None, call_id: str) -> KeptChunk:
    wanted = number if number is not None else candidate.chunk if candidate else chunks[0].chunk if chunks else 0
    fitting = [each for each in chunks if each.chunk == wanted]
    if not fitting:
        there = ", ".join(str(each) for each in sorted({each.chunk for each in chunks})) or "none"
        raise LearningError(f"nothing is kept of chunk {wanted} of {call_id[:12]}; there are {there}")
    asked_about = candidate.stream_id if candidate else None
    # a call may have several streams: the one that is asked about, else one of the caller's
    return min(fitting, key=lambda each: (each.stream_id != asked_about, each.direction == "callee"))


def _same(row: dict[str, object], kept: KeptChunk) -> bool:
    return row["stream_id"] == kept.stream_id and row["chunk"] == kept.chunk


def _write(store: Store, call_id: str, review: Review, values: list[float]) -> None:
    if len(review.reason) > MAX_TEXT or len(review.reviewer) > MAX_TEXT:
        raise LearningError(f"a reason, and a reviewer's name, have at most {MAX_TEXT} characters")
    row = {"call_id": call_id, **msgspec.structs.asdict(review), "features_version": VERSION, "values": values}
    store.insert("reviews", {name: [value] for name, value in row.items()})


def reviewed_examples(store: Store) -> Reviewed:
    """Everything that people have labelled so far, by call.

    Raises
    ------
    StoreError
        If the store fails.
    """
    rows = ask(store, "reviewed_examples")
    usable = [row for row in rows if row["features_version"] == VERSION and len(row["values"]) == len(FEATURE_NAMES)]
    matrix = np.array([row["values"] for row in usable], dtype=np.float32).reshape(-1, len(FEATURE_NAMES))
    return Reviewed(
        rows=matrix,
        labels=[str(row["label"]) for row in usable],
        calls=[str(row["call_id"]) for row in usable],
        left_out=len(rows) - len(usable),
    )
