"""Calls that stand for the campaigns under way, in memory: who plays such a recording is known without the store."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.fingerprint import STORED_STEP, UNSHIFTED, Postings, joined, postings
from features.matching.lines import Line
from features.matching.memory import MemoryIndex
from streams.replay.print import Print, call_number
from streams.replay.references import Reference
from streams.store.base import Arrays

MOST_CAMPAIGNS: Final = 500
LIVE_S: Final = (
    600.0  # then its next call is searched in the store again, which knows of mergers and of calls forgotten
)


@dataclass(frozen=True, slots=True)
class _One:
    """A call that stands for a campaign, since when, by how many chunks."""

    call: int
    reference: Reference
    chunks: int
    since_s: float


class Representatives:
    """Fingerprints of one call of each campaign that was heard lately, to be searched before the store is.

    Which calls they are depends on what this process heard, and decides nothing but where a match is found: a match
    with any call of a campaign is one with the campaign. It begins empty, and fills from the store's own matches.

    Parameters
    ----------
    clock
        Seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._index = MemoryIndex()
        self._ones: OrderedDict[str, _One] = OrderedDict()

    def __len__(self) -> int:
        """How many campaigns are represented."""
        return len(self._ones)

    def offer(self, campaign: str, prints: Collection[Print]) -> None:
        """Let a call of a campaign stand for it, if no other does or it has more to show.

        Parameters
        ----------
        campaign
            Its id.
        prints
            Chunks of one stream of the call.
        """
        known = self._ones.get(campaign)
        if known is not None:
            self._ones.move_to_end(campaign)
            if known.chunks >= len(prints):
                return
            self._drop(campaign)
        reference, rows = _enrolled(list(prints))
        call = call_number(reference.call_id)
        for other in [name for name, one in self._ones.items() if one.call == call]:
            self._drop(other)  # under the name that the campaign had before
        self._index.add(call, rows, reference.words)
        self._ones[campaign] = _One(call, reference, len(prints), self._clock())
        while len(self._ones) > MOST_CAMPAIGNS:
            self._drop(next(iter(self._ones)))

    def expire(self) -> None:
        """Let go of those that have stood for their campaign long enough."""
        until_s = self._clock() - LIVE_S
        for campaign in [name for name, one in self._ones.items() if one.since_s < until_s]:
            self._drop(campaign)

    def frequency(self) -> NDArray[np.float32] | None:
        """See ``streams.replay.stored.Lookup``: so few rows that it does not matter."""
        return None

    def rows(self, keys: NDArray[np.uint32]) -> Arrays:
        """See ``streams.replay.stored.Lookup``."""
        return dict(zip(("key", "call", "frame", "bin"), self._index.rows(keys), strict=True))

    def references(self, lines: Iterable[tuple[Line, int]]) -> Mapping[int, list[Reference]]:
        """See ``streams.replay.stored.Lookup``."""
        known = {one.call: [one.reference] for one in self._ones.values()}
        return {line.call: known[line.call] for line, _ in lines if line.call in known}

    def _drop(self, campaign: str) -> None:
        self._index.remove(self._ones.pop(campaign).call)


def _enrolled(prints: list[Print]) -> tuple[Reference, Postings]:
    """What is looked up of a call: as the store has it, of all its chunks at once."""
    whole = joined([(row.chunk, row.fingerprint) for row in prints])
    one = prints[0]
    reference = Reference(
        call_id=one.call_id,
        stream_id=one.stream_id,
        caller=one.caller,
        opened_ms=one.opened_ms,
        captured_ms={row.chunk: row.captured_ms for row in prints},
        words=whole.words[UNSHIFTED, ::STORED_STEP],
    )
    return reference, postings(whole)
