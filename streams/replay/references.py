"""References: the stored words of the calls that a query may be in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import CHUNK_FRAMES, FINGERPRINT_VERSION, STORED_STEP, decode_words
from features.matching.lines import Line
from streams.replay import sql
from streams.replay.print import MOST_CHUNKS
from streams.store.base import Arrays, Store

_MARGIN: Final = 1  # chunk to either side of where a line leads: it may lie a little wrong


@dataclass(frozen=True, slots=True)
class Reference:
    """A stream that was enrolled, as far as it was asked for.

    Attributes
    ----------
    call_id, stream_id, caller, opened_ms
        Of its prints.
    captured_ms
        When each of its chunks was captured, by number.
    words
        uint32, shape (n,): every second frame's, from the stream's first; 0 where there is none.
    """

    call_id: str
    stream_id: str
    caller: str
    opened_ms: int
    captured_ms: Mapping[int, int]
    words: NDArray[np.uint32]

    def heard_ms(self, frame: float) -> int:
        """When the chunk that a frame is in was captured, or the nearest one."""
        chunk = int(frame // CHUNK_FRAMES)
        return self.captured_ms[min(self.captured_ms, key=lambda number: (abs(number - chunk), number))]


def references(store: Store, lines: Iterable[tuple[Line, int]]) -> dict[int, list[Reference]]:
    """Read the streams that lines lead to, by call number; those that were forgotten are left out.

    Parameters
    ----------
    store
        A migrated store.
    lines
        With the number of frames of each one's query.

    Raises
    ------
    StoreError
        If the store fails.
    """
    told = list(lines)
    if not told:
        return {}
    ends = [line.frame + line.slope * (at - line.query_frame) for line, frames in told for at in (0, frames)]
    found = store.columns(
        sql.WORDS_OF_CALLS,
        {
            "calls": sorted({line.call for line, _ in told}),
            "first": max(0, int(min(ends) // CHUNK_FRAMES) - _MARGIN),
            "last": min(MOST_CHUNKS, max(0, int(max(ends) // CHUNK_FRAMES) + _MARGIN)),
            "version": FINGERPRINT_VERSION,
        },
    )
    return _by_number(found)


def _by_number(found: Arrays) -> dict[int, list[Reference]]:
    rows: dict[tuple[int, bytes, bytes], list[int]] = {}
    for place, whose in enumerate(zip(found["call"].tolist(), found["call_id"], found["stream_id"], strict=True)):
        rows.setdefault(whose, []).append(place)
    made: dict[int, list[Reference]] = {}
    for (number, call_id, stream_id), places in rows.items():
        chunks = found["chunk"][places].tolist()
        reference = Reference(
            call_id=_text(call_id),
            stream_id=_text(stream_id),
            caller=_text(found["caller"][places[0]]),
            opened_ms=int(found["opened_ms"][places[0]]),
            captured_ms=dict(zip(chunks, found["captured_ms"][places].tolist(), strict=True)),
            words=laid(chunks, [found["words"][place] for place in places]),
        )
        made.setdefault(number, []).append(reference)
    return made


def laid(chunks: Sequence[int], stored: Iterable[bytes]) -> NDArray[np.uint32]:
    """The stored words of a stream's chunks, each where it belongs; 0 where there is none."""
    words = np.zeros(-(-CHUNK_FRAMES * (max(chunks) + 1) // STORED_STEP), np.uint32)
    for chunk, coded in zip(chunks, stored, strict=True):
        begin = -(-CHUNK_FRAMES * chunk // STORED_STEP)
        end = -(-CHUNK_FRAMES * (chunk + 1) // STORED_STEP)
        some = decode_words(coded)[: end - begin]
        words[begin : begin + len(some)] = some
    return words


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
