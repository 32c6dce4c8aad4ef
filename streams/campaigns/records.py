"""What campaigns are made of: edges, hearings, names and aliases, as values."""

from dataclasses import dataclass
from datetime import date
from typing import Final

CHUNK_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A chunk of one call holds what another call holds, whichever was heard first.

    Attributes
    ----------
    call_id, stream_id, chunk
        The chunk that was searched.
    caller, callee, trunk
        Hashes of that call's ends and of where it came from, or "".
    opened_ms, heard_ms
        When that call opened and when the chunk was captured, ms since 1970.
    matched_call_id, matched_caller, matched_opened_ms, matched_heard_ms
        The other call, by whom, when it opened, and when the shared part was captured in it.
    score, false_match_probability
        How well they agree, 0 to 1, and the chance that unrelated audio agrees so well.
    pitch, tempo
        The chunk's frequency and speed over the other call's.
    offset_s
        Where in the other call's stream the searched chunk's first sample falls; negative before its begin.
    query_start_s, query_end_s
        First and last second of the searched stream that agree.
    """

    call_id: str
    stream_id: str
    chunk: int
    caller: str = ""
    callee: str = ""
    trunk: str = ""
    opened_ms: int
    heard_ms: int
    matched_call_id: str
    matched_caller: str = ""
    matched_opened_ms: int
    matched_heard_ms: int
    score: float
    false_match_probability: float
    pitch: float = 1.0
    tempo: float = 1.0
    offset_s: float = 0.0
    query_start_s: float = 0.0
    query_end_s: float = 0.0

    @property
    def is_replay(self) -> bool:
        """Whether the other call was heard before the chunk was; of two calls at one moment the ids decide."""
        return (self.matched_heard_ms, self.matched_call_id) < (self.heard_ms, self.call_id)

    @property
    def shared_s(self) -> float:
        """How long the shared part is."""
        return max(0.0, self.query_end_s - self.query_start_s)

    @property
    def weight(self) -> float:
        """How much it says: seconds shared, times how far they agree beyond chance, which is one half."""
        return self.shared_s * max(0.0, self.score - 0.5)

    @property
    def matched_chunk(self) -> int:
        """Which two seconds of the other call the shared part ends in."""
        return max(0, int(self.matched_s(self.query_end_s) // CHUNK_S))

    def matched_s(self, query_s: float) -> float:
        """Where in the other call's stream a second of the searched one falls."""
        return self.offset_s + self.tempo * (query_s - CHUNK_S * self.chunk)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A campaign's name: the call it was founded with, ordered by when that opened, then by its id."""

    founded_ms: int
    campaign: str


@dataclass(frozen=True, slots=True)
class Hearing:
    """A campaign's recording heard in one chunk of a call.

    Attributes
    ----------
    campaign
        Id of the campaign: the id of the first call it was founded with.
    caller
        Hash of the caller's number, or "".
    call_id
        The call.
    chunk
        Which two seconds of it.
    heard_ms
        When, capture clock.
    """

    campaign: str
    caller: str
    call_id: str
    chunk: int
    heard_ms: int


@dataclass(frozen=True, slots=True)
class Alias:
    """A caller's hashes under the key before and the present one, as a call of some day told them."""

    old_caller: str
    caller: str
    day: date
