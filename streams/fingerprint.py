"""The fingerprint stage without Kafka: chunks in, replays and list entries out."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.landmarks import FINGERPRINT_VERSION, landmarks
from features.peaks import spectral_peaks
from features.tones import detect_tones
from models.evidence import tone_shares
from schemas.ids import list_key
from schemas.records import Chunk, ChunkHead, ListEntry, ListScope, NumberHash, ReplayPart
from streams.audio import LEAD_IN_SAMPLES, ChunkAudio, chunk_audio
from streams.lists import ListView, acts
from streams.lists.rules import Rule, Rules
from streams.replay import Print, ReplayIndex, ReplayMatch

_LAST_CHUNK: Final = 100_000  # two days: ticks of later ones are not kept
_MOST_FAX_STREAMS: Final = 10_000  # remembered as fax; the oldest are forgotten first


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
class _Heard:
    """A chunk that was heard before."""

    head: ChunkHead
    match: ReplayMatch

    @property
    def confidence(self) -> float:
        return 1.0 - self.match.false_match_probability


class FingerprintCore:
    """Enrols and searches chunks, records matches, and applies the rules.

    Only the caller's audio counts, or audio of unknown direction: what the called side plays to everyone is no
    recording of the caller's.

    Parameters
    ----------
    index
        All audio heard lately.
    lists
        The lists as list.entries has them: a caller on the white one gets no black entry, and an entry that names a
        call already is not made again for it.
    rules
        What makes entries.
    clock
        Milliseconds since 1970, for the expiry of list entries only.
    """

    def __init__(self, index: ReplayIndex, lists: ListView, rules: Rules, *, clock: Callable[[], int]) -> None:
        self._index = index
        self._lists = lists
        self._rules = rules
        self._clock = clock
        self._fax: OrderedDict[str, None] = OrderedDict()

    def feed(self, chunk: Chunk) -> FingerprintOutcome:
        """Take one chunk; see `feed_many`."""
        return self.feed_many([chunk])[0]

    def feed_many(self, chunks: Sequence[Chunk]) -> list[FingerprintOutcome]:
        """Take chunks in their order: a chunk finds those before it, in this batch too.

        The same chunks fed again add nothing to the index, to campaigns or to counts.

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
        queries = [row for row in prints if row is not None]
        self._index.enroll(queries)
        matches = iter(self._index.search_batch(queries))
        found = [None if row is None else next(matches) for row in prints]
        entries = self._entries(chunks, found)
        return [
            FingerprintOutcome(_part(match, error), made)
            for match, error, made in zip(found, errors, entries, strict=True)
        ]

    def _print(self, chunk: Chunk) -> Print | None:
        """The chunk's fingerprint; None for what is not searched."""
        head = chunk.head
        if head.facts.direction == "callee" or not chunk.runs or not 0 <= head.chunk <= _LAST_CHUNK:
            return None
        audio = chunk_audio(chunk)
        if self._is_fax(head.stream_id, audio):
            return None
        found = landmarks(spectral_peaks(*_on_grid(audio)))
        if not len(found.keys):
            return None
        return Print(
            call_id=head.call_id,
            stream_id=head.stream_id,
            chunk=head.chunk,
            caller=head.facts.caller.number if head.facts.caller else "",
            key_id=head.facts.key_id or "",
            opened_ms=head.facts.opened_ms,
            captured_ms=head.captured_ms,
            landmarks=found,
        )

    def _is_fax(self, stream_id: str, audio: ChunkAudio) -> bool:
        """Whether a fax tone was heard in the stream: fax machines of one make train bit for bit alike."""
        if stream_id in self._fax:
            return True
        if "fax" not in tone_shares(detect_tones(audio.pcm, audio.lead_in)):
            return False
        self._fax[stream_id] = None
        if len(self._fax) > _MOST_FAX_STREAMS:
            self._fax.popitem(last=False)
        return True

    def _entries(self, chunks: Sequence[Chunk], matches: Sequence[ReplayMatch | None]) -> list[list[ListEntry]]:
        """Entries by chunk; of several chunks for one caller or campaign the last one makes it."""
        made: list[list[ListEntry]] = [[] for _ in chunks]
        done: set[tuple[str, str]] = set()
        for place in range(len(chunks) - 1, -1, -1):
            match, caller = matches[place], chunks[place].head.facts.caller
            if match is None:
                continue
            heard = _Heard(chunks[place].head, match)
            if self._is_white(heard):
                continue
            if caller is not None and (caller.number, match.campaign) not in done:
                done.add((caller.number, match.campaign))
                made[place] += self._of_caller(heard, caller)
            if ("", match.campaign) not in done:
                done.add(("", match.campaign))
                made[place] += self._of_campaign(heard)
        return made

    def _is_white(self, heard: _Heard) -> bool:
        """Whether the whitelist speaks of the call or of what it plays: then no rule acts on it."""
        hit = self._lists.match(heard.head.facts, heard.match.campaign, self._clock())
        return hit is not None and hit.kind == "white"

    def _of_caller(self, heard: _Heard, caller: NumberHash) -> list[ListEntry]:
        rule, facts = self._rules.repeated_recording, heard.head.facts
        if not rule.enabled or not self._wanted(rule, "caller", [caller.number], heard):
            return []
        hearings = self._index.campaigns.hearings_of(heard.match.campaign, caller.number)
        entry = rule.entry(
            caller,
            facts.key_id,
            hearings,
            heard_ms=heard.head.captured_ms,
            score=heard.match.score,
            confidence=heard.confidence,
        )
        return [] if entry is None else [entry]

    def _of_campaign(self, heard: _Heard) -> list[ListEntry]:
        rule, campaign = self._rules.shared_recording, heard.match.campaign
        if rule is None or not rule.enabled or not self._wanted(rule, "campaign", [campaign], heard):
            return []
        hearings = self._index.campaigns.hearings(campaign)
        callers = {hearing.caller for hearing in hearings} - {""}
        if len(callers) < rule.callers:
            return []
        entry = rule.entry(
            campaign,
            hearings,
            heard_ms=heard.head.captured_ms,
            score=heard.match.score,
            confidence=heard.confidence,
            aliases=self._index.campaigns.aliases_of(callers),
        )
        return [] if entry is None else [entry]

    def _wanted(self, rule: Rule, scope: ListScope, values: Sequence[str], heard: _Heard) -> bool:
        """Whether an entry under any of some values is missing, or is to be renewed.

        One that somebody disabled stays as it is, under whichever key it was made.
        """
        known = [entry for value in values if (entry := self._lists.get(list_key("black", scope, value)))]
        if any(entry.state == "disabled" for entry in known):
            return False
        now_ms = self._clock()
        in_force = [entry for entry in known if acts(entry, now_ms)]
        return all(rule.renews(entry, heard.head.call_id, heard.head.captured_ms) for entry in in_force)


def _on_grid(audio: ChunkAudio) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Audio and mask with 1,024 samples before the chunk in any case: ticks then run on from chunk to chunk."""
    missing = LEAD_IN_SAMPLES - audio.lead_in
    return np.pad(audio.pcm, (missing, 0)), np.pad(audio.received, (missing, 0))


def _part(match: ReplayMatch | None, error: str | None) -> ReplayPart | None:
    if error is not None:
        return ReplayPart(error=error, fingerprint_version=FINGERPRINT_VERSION)
    if match is None:
        return None
    return ReplayPart(
        campaign=match.campaign,
        call_id=match.call_id,
        score=match.score,
        false_match_probability=match.false_match_probability,
        offset_s=match.offset_s,
        query_start_s=match.query_start_s,
        query_end_s=match.query_end_s,
        fingerprint_version=FINGERPRINT_VERSION,
    )
