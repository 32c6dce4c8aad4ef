"""The fingerprint stage without Kafka: chunks in, replays and list entries out."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from features.fingerprint import FINGERPRINT_VERSION
from schemas.records import Chunk, ChunkHead, ListEntry, ReplayPart
from streams.audio import ChunkAudio, chunk_audio
from streams.campaigns import Alias, Campaigns, Edge
from streams.campaigns.found import edge_of, surest
from streams.lists import ListView
from streams.lists.maker import EntryMaker
from streams.lists.neighbours import StoredNeighbours
from streams.lists.rules import Rules
from streams.replay.chunk_print import is_fax, print_of
from streams.replay.enrolment import Enroller
from streams.replay.print import Print
from streams.replay.stream_search import StreamSearch
from streams.settings import ENROL_S, SEARCH_S
from streams.store.base import Store, day_of

_CHUNK_S: Final = 2
_LAST_CHUNK: Final = 100_000  # two days
_MOST_FAX_STREAMS: Final = 10_000  # remembered as fax; the oldest are forgotten first
_MOST_ALIASES: Final = 100_000  # remembered as kept; one that is forgotten is written again


@dataclass(frozen=True, slots=True)
class FingerprintOutcome:
    """What a chunk gave.

    Attributes
    ----------
    replay
        The match, or the error that kept the chunk from being searched; None when it was not heard before.
    entries
        List entries to be sent.
    """

    replay: ReplayPart | None = None
    entries: list[ListEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Match:
    """A chunk that another call holds too, whichever was heard first."""

    campaign: str
    score: float
    false_match_probability: float


class FingerprintCore:
    """Enrols and searches chunks, keeps campaigns, and applies the rules.

    Only the caller's audio counts, or audio of unknown direction: what the called side plays to everyone is no
    recording of the caller's. The first chunks of a stream that hold peaks are searched, each with what was heard of
    the stream before it: in memory first, for the campaigns under way, and in the store where that does not settle it.

    Parameters
    ----------
    store
        A migrated store: all audio heard lately, campaigns.
    lists
        The lists as list.entries has them: a caller on the white one gets no black entry, and an entry that names a
        call already is not made again for it.
    rules
        What makes entries.
    clock
        Milliseconds since 1970, for the expiry of list entries only.
    enrol_s, search_s
        How many first seconds of a stream are enrolled, and how many that hold peaks are searched.
    """

    def __init__(
        self,
        store: Store,
        lists: ListView,
        rules: Rules,
        *,
        clock: Callable[[], int],
        enrol_s: int = ENROL_S,
        search_s: int = SEARCH_S,
    ) -> None:
        self._campaigns = Campaigns(store)
        self._enroller = Enroller(store)
        self._search = StreamSearch(store, max(1, search_s // _CHUNK_S))
        self._maker = EntryMaker(self._campaigns, lists, rules, clock, StoredNeighbours(store))
        self._enrolled_chunks = max(1, enrol_s // _CHUNK_S)
        self._fax: OrderedDict[str, None] = OrderedDict()
        self._aliases: OrderedDict[Alias, None] = OrderedDict()

    @property
    def withheld(self) -> int:
        """How many entries the limits per hour have kept from being made."""
        return self._maker.withheld

    def reset(self) -> None:
        """Forget the streams: others may have gone on with them meanwhile."""
        self._search.reset()

    def feed(self, chunk: Chunk) -> FingerprintOutcome:
        """Take one chunk; see `feed_many`."""
        return self.feed_many([chunk])[0]

    def feed_many(self, chunks: Sequence[Chunk]) -> list[FingerprintOutcome]:
        """Take chunks in their order. All of a batch are enrolled before one is searched.

        The same chunks fed again add nothing to the index, to campaigns or to counts, and give the same again.

        Returns
        -------
        list of FingerprintOutcome
            One for each chunk.

        Raises
        ------
        StoreError
            If the store fails (`StoreUnavailableError`: is away). The same batch can be fed again later.
        """
        prints: list[Print | None] = []
        errors: list[str | None] = []
        for chunk in chunks:
            try:
                prints.append(self._print(chunk))
                errors.append(None)
            except (ValueError, TypeError) as error:
                prints.append(None)
                errors.append(f"{type(error).__name__}: {error}"[:200])
        try:
            return self._dealt_with(chunks, prints, errors)
        except BaseException:
            self._search.undo()
            raise

    def _dealt_with(
        self, chunks: Sequence[Chunk], prints: Sequence[Print | None], errors: Sequence[str | None]
    ) -> list[FingerprintOutcome]:
        """Enrol, search, tell campaigns of it, apply the rules."""
        heads = [chunk.head for chunk in chunks]
        heard = [row for row in prints if row is not None]
        self._enroller.enroll([row for row in heard if row.chunk < self._enrolled_chunks])
        self._note_aliases(chunks)
        edges = self._edges(heads, prints)
        campaigns = self._campaigns.join([edge for some in edges for edge in some])
        matches = [
            _Match(campaigns[head.call_id], some[0].score, some[0].false_match_probability) if some else None
            for head, some in zip(heads, edges, strict=True)
        ]
        entries = self._maker.entries(heads, matches)
        self._search.settle(campaigns, [head.stream_id for head in heads if head.last])
        parts = [_error(error) if error else _part(some, campaigns) for some, error in zip(edges, errors, strict=True)]
        return [FingerprintOutcome(part, made) for part, made in zip(parts, entries, strict=True)]

    def _edges(self, heads: Sequence[ChunkHead], prints: Sequence[Print | None]) -> list[list[Edge]]:
        """What each chunk is found in, surest first.

        Also what it was found in before, by a process that may have died before it said so: this one may not have heard
        what that one had heard of the stream, and not find it again.
        """
        asked = [(head, row) for head, row in zip(heads, prints, strict=True) if row is not None]
        answers = self._search.search([row for _, row in asked])
        found = [edge_of(head, one) for (head, _), some in zip(asked, answers, strict=True) for one in some]
        told = self._campaigns.told([head for head, _ in asked])
        by_chunk = surest([*found, *told])
        return [by_chunk.get((head.call_id, head.stream_id, head.chunk), []) for head in heads]

    def _print(self, chunk: Chunk) -> Print | None:
        """The chunk's fingerprint; None for what is neither kept nor searched."""
        head = chunk.head
        if head.facts.direction == "callee" or not chunk.runs or not 0 <= head.chunk <= _LAST_CHUNK:
            return None
        if head.chunk >= self._enrolled_chunks and self._search.is_done(head.stream_id, head.chunk):
            return None
        audio = chunk_audio(chunk)
        return None if self._is_fax(chunk, audio) else print_of(chunk, audio)

    def _note_aliases(self, chunks: Sequence[Chunk]) -> None:
        """While keys are rotated: keep which two hashes are one caller, each once a day."""
        new: dict[Alias, None] = {}
        for chunk in chunks:
            facts = chunk.head.facts
            if facts.caller is not None and facts.old_caller is not None:
                alias = Alias(facts.old_caller.number, facts.caller.number, day_of(chunk.head.captured_ms))
                if alias not in self._aliases:
                    new[alias] = None
        self._campaigns.note_aliases(new)
        self._aliases.update(new)
        while len(self._aliases) > _MOST_ALIASES:
            self._aliases.popitem(last=False)

    def _is_fax(self, chunk: Chunk, audio: ChunkAudio) -> bool:
        """Whether a fax or a modem was heard in the stream."""
        stream_id = chunk.head.stream_id
        if stream_id not in self._fax and not is_fax(chunk, audio):
            return False
        self._fax[stream_id] = None
        if len(self._fax) > _MOST_FAX_STREAMS:
            self._fax.popitem(last=False)
        return True


def _part(edges: Sequence[Edge], campaigns: Mapping[str, str]) -> ReplayPart | None:
    """The surest match that was heard before the chunk was: a log that is read again then tells nothing new."""
    best = next((edge for edge in edges if edge.is_replay), None)
    if best is None:
        return None
    return ReplayPart(
        campaign=campaigns[best.call_id],
        call_id=best.matched_call_id,
        score=best.score,
        false_match_probability=best.false_match_probability,
        offset_s=best.offset_s,
        pitch=best.pitch,
        tempo=best.tempo,
        query_start_s=best.query_start_s,
        query_end_s=best.query_end_s,
        fingerprint_version=FINGERPRINT_VERSION,
    )


def _error(error: str) -> ReplayPart:
    return ReplayPart(error=error, fingerprint_version=FINGERPRINT_VERSION)
