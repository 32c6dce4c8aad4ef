"""The search of streams, chunk by chunk: in memory for the campaigns under way, else in the store."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from streams.replay.listening import Heard, Listening
from streams.replay.print import Print
from streams.replay.representatives import Representatives
from streams.replay.search import Found, Query, Searcher
from streams.runtime.metrics import REPLAY_SEARCHES
from streams.store.base import Store

# Stricter than a search by itself: what is found joins two calls, and with them their campaigns, for good, and a
# million calls are four million queries. Where two seconds are not enough for that, four are.
MOST_CHANCE: Final = 1e-7


class StreamSearch:
    """Searches the first chunks of each stream that hold peaks, each with what was heard of the stream before.

    Parameters
    ----------
    store
        A migrated store.
    chunks
        How many of a stream are searched.
    """

    def __init__(self, store: Store, chunks: int) -> None:
        self._chunks = chunks
        self._far = Searcher(store, most_chance=MOST_CHANCE)
        self._representatives = Representatives()
        self._near = Searcher.over(self._representatives, most_chance=MOST_CHANCE)
        self._listening = Listening(chunks)
        self._asked: list[tuple[Print, Heard]] = []
        self._reset = False

    def reset(self) -> None:
        """Forget the streams, before the next search: others may have gone on with them meanwhile."""
        self._reset = True

    def is_done(self, stream_id: str, chunk: int) -> bool:
        """Whether a chunk need not be searched: enough of its stream was before it."""
        return not self._reset and self._listening.is_done(stream_id, chunk)

    def search(self, prints: Sequence[Print]) -> list[list[Found]]:
        """Find the calls that hold chunks; `settle` or `undo` comes next.

        Parameters
        ----------
        prints
            In the order they were heard.

        Returns
        -------
        list of list of Found
            For each chunk, most certain first; nothing for one of whose stream enough was searched.

        Raises
        ------
        StoreError
            If the store fails.
        """
        if self._reset:
            self._listening, self._reset = Listening(self._chunks), False
        self._representatives.expire()
        taken = [self._listening.take(row) for row in prints]
        self._asked = [(row, heard) for row, heard in zip(prints, taken, strict=True) if heard is not None]
        found = self._searched(self._asked)
        answers = iter(found)
        return [[] if heard is None else next(answers) for heard in taken]

    def settle(self, campaigns: Mapping[str, str], ended: Collection[str]) -> None:
        """What was searched is dealt with.

        Parameters
        ----------
        campaigns
            The campaign of each call that was found in another, or another in it.
        ended
            Streams that are over.
        """
        for row, heard in self._asked:
            if row.call_id in campaigns:
                self._representatives.offer(campaigns[row.call_id], heard.prints.values())
        self._asked = []
        self._listening.settle()
        for stream_id in ended:
            self._listening.end(stream_id)

    def undo(self) -> None:
        """What was searched, wholly or in part, is searched again later as if it had not been."""
        self._asked = []
        self._listening.undo()

    def _searched(self, asked: Sequence[tuple[Print, Heard]]) -> list[list[Found]]:
        """In memory where that is clear: a match there that was heard before the chunk was."""
        found: list[list[Found]] = [[] for _ in asked]
        if len(self._representatives):
            near = self._near.search([Query(row, heard.near) for row, heard in asked])
            found = [[m for m in some if m.is_before(row)] for some, (row, _) in zip(near, asked, strict=True)]
        rest = [place for place, some in enumerate(found) if not some]
        far = self._far.search([Query(asked[place][0], asked[place][1].far) for place in rest])
        for place, some in zip(rest, far, strict=True):
            found[place] = some
        REPLAY_SEARCHES.labels("memory").inc(len(asked) - len(rest))
        REPLAY_SEARCHES.labels("store").inc(len(rest))
        return found
