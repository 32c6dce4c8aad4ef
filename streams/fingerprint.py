"""The fingerprint stage without Kafka: chunks in, replays and list entries out."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.landmarks import FINGERPRINT_VERSION, landmarks
from features.peaks import spectral_peaks
from features.tones import ToneDetector
from models.evidence import family_of
from schemas.records import Chunk, ListEntry, ReplayPart
from streams.audio import LEAD_IN_SAMPLES, ChunkAudio, chunk_audio, known_samples
from streams.lists import ListView
from streams.lists.maker import EntryMaker
from streams.lists.rules import Rules
from streams.replay import Print, ReplayIndex, ReplayMatch
from streams.replay.campaigns import Alias
from streams.store.base import day_of

_LAST_CHUNK: Final = 100_000  # two days: ticks of later ones are not kept
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
        self._maker = EntryMaker(index.campaigns, lists, rules, clock)
        self._fax: OrderedDict[str, None] = OrderedDict()
        self._aliases: OrderedDict[Alias, None] = OrderedDict()

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
        self._note_aliases(chunks)
        matches = iter(self._index.search_batch(queries))
        found = [None if row is None else next(matches) for row in prints]
        entries = self._maker.entries([chunk.head for chunk in chunks], found)
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
        if self._is_fax(chunk, audio):
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

    def _note_aliases(self, chunks: Sequence[Chunk]) -> None:
        """While keys are rotated: keep which two hashes are one caller, each once a day."""
        new: dict[Alias, None] = {}
        for chunk in chunks:
            facts = chunk.head.facts
            if facts.caller is not None and facts.old_caller is not None:
                alias = Alias(facts.old_caller.number, facts.caller.number, day_of(chunk.head.captured_ms))
                if alias not in self._aliases:
                    new[alias] = None
        self._index.campaigns.note_aliases(new)
        self._aliases.update(new)
        while len(self._aliases) > _MOST_ALIASES:
            self._aliases.popitem(last=False)

    def _is_fax(self, chunk: Chunk, audio: ChunkAudio) -> bool:
        """Whether a fax or a modem was heard in the stream: machines of one make train bit for bit alike."""
        stream_id = chunk.head.stream_id
        if stream_id in self._fax:
            return True
        ears = ToneDetector()
        heard = ears.feed(audio.pcm, known_samples(chunk, audio)) + ears.finish()
        if not {"fax", "modem"} & {family_of(tone.symbol) for tone in heard}:
            return False
        self._fax[stream_id] = None
        if len(self._fax) > _MOST_FAX_STREAMS:
            self._fax.popitem(last=False)
        return True


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
