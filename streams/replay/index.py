"""The index of all audio heard lately: landmarks in ClickHouse, candidates by vote."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from features.landmarks import Landmarks
from streams.replay import sql
from streams.replay.campaigns import Campaigns, Hearing, call_number
from streams.replay.vote import Alignment, Postings, vote
from streams.store.base import Store, day_of

CHUNK_TICKS: Final = 500  # 2 s of 4 ms

_CHUNKS_PER_QUERY: Final = 8  # of at most 600 keys each
_ROWS_PER_KEY: Final = 256
_MS_PER_CHUNK: Final = 2_000
_LEAD_S: Final = 0.064  # a window's middle is half a window after the lead-in's begin


@dataclass(frozen=True, slots=True)
class Print:
    """The fingerprint of a chunk, and whose it is.

    Attributes
    ----------
    call_id, stream_id, chunk
        Which chunk.
    caller
        Hash of the caller's number, or "".
    key_id
        HMAC key of the hash, or "".
    opened_ms, captured_ms
        When the call opened and when the chunk was captured, ms since 1970.
    landmarks
        With ticks counted from the chunk's first window.
    """

    call_id: str
    stream_id: str
    chunk: int
    caller: str
    key_id: str
    opened_ms: int
    captured_ms: int
    landmarks: Landmarks


@dataclass(frozen=True, slots=True)
class ReplayMatch:
    """A chunk was heard before.

    Attributes
    ----------
    campaign
        Id of the first call of the cluster, as far as is known.
    call_id
        The earliest call that holds the chunk.
    score
        Share of the chunk's peaks that agree with it, 0 to 1.
    false_match_probability
        Chance that unrelated audio agrees so well (`streams.replay.vote.Alignment`).
    offset_s
        Where in that call's stream the chunk's first sample falls.
    query_start_s, query_end_s
        First and last matched second of the chunk's own stream.
    """

    campaign: str
    call_id: str
    score: float
    false_match_probability: float
    offset_s: float
    query_start_s: float
    query_end_s: float


@dataclass(frozen=True, slots=True)
class _Call:
    call_id: str
    caller: str
    opened_ms: int

    @property
    def age(self) -> tuple[int, str]:
        return self.opened_ms, self.call_id


class ReplayIndex:
    """Enrolment and search; every method may be repeated and raises the store's errors alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.campaigns = Campaigns(store)

    def enroll(self, prints: Sequence[Print]) -> None:
        """Keep the landmarks of chunks; chunks that are kept already collapse.

        Calls go first: a posting without its call could not be told apart from one that was forgotten.
        """
        rows = [row for row in prints if len(row.landmarks.keys)]
        if not rows:
            return
        calls = list({(row.call_id, row.stream_id): row for row in reversed(rows)}.values())
        self._store.insert(
            "fingerprint_calls",
            {
                "call": [call_number(row.call_id) for row in calls],
                "call_id": [row.call_id for row in calls],
                "stream_id": [row.stream_id for row in calls],
                "caller": [row.caller for row in calls],
                "key_id": [row.key_id for row in calls],
                "opened_ms": [max(0, row.opened_ms) for row in calls],
                "captured_date": [day_of(row.captured_ms) for row in calls],
            },
        )
        lengths = [len(row.landmarks.keys) for row in rows]
        dates = np.array([day_of(row.captured_ms) for row in rows], dtype=object)
        self._store.insert(
            "postings",
            {
                "key": np.concatenate([row.landmarks.keys for row in rows]),
                "call": np.repeat(np.array([call_number(row.call_id) for row in rows], np.uint64), lengths),
                "frame": np.concatenate([row.landmarks.ticks + CHUNK_TICKS * row.chunk for row in rows]),
                "captured_date": np.repeat(dates, lengths),
            },
        )

    def search(self, query: Print, *, unheard: Collection[Print] = ()) -> ReplayMatch | None:
        """The earliest other call that holds a chunk.

        Parameters
        ----------
        query
            The chunk; its own call never matches.
        unheard
            Chunks that are enrolled but come after the query.

        Returns
        -------
        ReplayMatch or None
            The match is recorded with its campaign before it is returned.
        """
        return self.search_batch([query], unheard=unheard)[0]

    def search_batch(self, queries: Sequence[Print], *, unheard: Collection[Print] = ()) -> list[ReplayMatch | None]:
        """`search` for chunks in their order: one finds those before it, not those after it."""
        found: list[list[Alignment]] = []
        for start in range(0, len(queries), _CHUNKS_PER_QUERY):
            group = queries[start : start + _CHUNKS_PER_QUERY]
            postings = self._postings(group)
            for place, query in enumerate(group, start=start):
                after = {(call_number(row.call_id), row.chunk) for row in (*queries[place + 1 :], *unheard)}
                found.append(vote(query.landmarks, _heard(postings, call_number(query.call_id), after)))
        return self._matches(queries, found)

    def _postings(self, group: Sequence[Print]) -> Postings:
        keys = np.unique(np.concatenate([query.landmarks.keys for query in group]))
        rows = self._store.query(sql.POSTINGS, {"keys": keys.tolist(), "rows": _ROWS_PER_KEY}) if len(keys) else []
        return Postings(
            keys=np.array([row["key"] for row in rows], np.uint32),
            calls=np.array([row["call"] for row in rows], np.uint64),
            ticks=np.array([row["frame"] for row in rows], np.int64),
        )

    def _matches(self, queries: Sequence[Print], found: Sequence[list[Alignment]]) -> list[ReplayMatch | None]:
        """Name the calls behind the alignments, choose campaigns, and record both."""
        asked = [query for query, alignments in zip(queries, found, strict=True) if alignments]
        own = {call_number(query.call_id): _Call(query.call_id, query.caller, query.opened_ms) for query in asked}
        numbers = {alignment.call for alignments in found for alignment in alignments} | own.keys()
        campaigns = self.campaigns.of_calls(numbers) if asked else {}
        leaders = {call_number(campaign) for names in campaigns.values() for campaign in names}
        calls = {**self._calls(numbers | leaders), **own} if asked else {}
        matches: list[ReplayMatch | None] = []
        hearings: list[Hearing] = []
        for query, alignments in zip(queries, found, strict=True):
            known = [alignment for alignment in alignments if alignment.call in calls]
            if not known:
                matches.append(None)
                continue
            members = [call_number(query.call_id), *(alignment.call for alignment in known)]
            names = {name for call in members for name in campaigns.get(call, {calls[call].call_id})}
            campaign = min(names, key=lambda name: _age(calls, name))
            earliest = min(known, key=lambda alignment: calls[alignment.call].age)
            hearings += [
                _hearing(campaign, calls[alignment.call], alignment.offset)
                for alignment in known
                if alignment is earliest or campaign not in campaigns.get(alignment.call, ())
            ]
            hearings.append(Hearing(campaign, query.caller, query.call_id, query.chunk, query.captured_ms))
            for call in members:
                campaigns.setdefault(call, set()).add(campaign)
            matches.append(_match(query, earliest, campaign, calls[earliest.call].call_id))
        self._record(queries, matches)
        self.campaigns.record(hearings)
        return matches

    def _calls(self, numbers: Collection[int]) -> dict[int, _Call]:
        rows = self._store.query(sql.CALLS, {"calls": sorted(numbers)})
        return {int(row["call"]): _Call(str(row["id"]), str(row["number"]), int(row["opened"])) for row in rows}

    def _record(self, queries: Sequence[Print], matches: Sequence[ReplayMatch | None]) -> None:
        pairs = [(query, match) for query, match in zip(queries, matches, strict=True) if match]
        if not pairs:
            return
        self._store.insert(
            "replays",
            {
                "campaign": [match.campaign for _, match in pairs],
                "call_id": [query.call_id for query, _ in pairs],
                "stream_id": [query.stream_id for query, _ in pairs],
                "chunk": [query.chunk for query, _ in pairs],
                "matched_call_id": [match.call_id for _, match in pairs],
                "caller": [query.caller for query, _ in pairs],
                "score": [match.score for _, match in pairs],
                "offset_s": [match.offset_s for _, match in pairs],
                "captured_ms": [query.captured_ms for query, _ in pairs],
                "captured_date": [day_of(query.captured_ms) for query, _ in pairs],
            },
        )


def _heard(postings: Postings, own: int, after: Collection[tuple[int, int]]) -> Postings:
    """Rows of other calls, without the chunks that come after."""
    keep = postings.calls != np.uint64(own)
    chunks = postings.ticks // CHUNK_TICKS
    for call, chunk in after:
        keep &= (postings.calls != np.uint64(call)) | (chunks != chunk)
    return postings.only(keep)


def _age(calls: dict[int, _Call], call_id: str) -> tuple[int, int, str]:
    """When a call opened; one that the index has forgotten is older than all it knows."""
    call = calls.get(call_number(call_id))
    return (1, *call.age) if call else (0, 0, call_id)


def _hearing(campaign: str, call: _Call, offset: int) -> Hearing:
    """A call that turns out to be the campaign's: when it was heard is reckoned from its opening."""
    chunk = max(0, round(offset / CHUNK_TICKS))
    return Hearing(campaign, call.caller, call.call_id, chunk, call.opened_ms + chunk * _MS_PER_CHUNK)


def _match(query: Print, alignment: Alignment, campaign: str, call_id: str) -> ReplayMatch:
    begin = 2.0 * query.chunk - _LEAD_S
    return ReplayMatch(
        campaign=campaign,
        call_id=call_id,
        score=alignment.score,
        false_match_probability=alignment.chance,
        offset_s=alignment.offset / 250,
        query_start_s=max(0.0, begin + alignment.first / 250),
        query_end_s=max(0.0, begin + alignment.last / 250),
    )
