"""One stream's judged chunks: what a call label may look back on, and the inputs it holds."""

from collections import deque
from typing import Final

from models.call_state import ChunkLabel
from streams.runtime.acker import Hold

HISTORY: Final = 8  # earlier chunks that a call's label may need


class StreamJudgements:
    """The last chunks of one stream.

    A new owner of the partition meets a stream in its middle: with ``first`` the chunk of the first whole pair it
    sees, all outputs up to ``first - 1 + HISTORY`` were delivered, and it makes the later ones.
    """

    __slots__ = ("_emit_from", "_held", "_labels", "_newest")

    def __init__(self, first: int) -> None:
        self._newest = first - 1
        self._emit_from = 0 if first == 0 else first + HISTORY
        self._labels: deque[ChunkLabel | None] = deque(maxlen=HISTORY + 1)
        self._held: deque[tuple[int, list[Hold]]] = deque()

    def is_repeat(self, chunk: int) -> bool:
        """Whether the chunk was judged already."""
        return chunk <= self._newest

    def is_due(self, chunk: int) -> bool:
        """Whether the chunk's verdicts are to be made: no earlier owner delivered them."""
        return chunk >= self._emit_from

    @property
    def labels(self) -> list[ChunkLabel]:
        """Labels of the newest chunk and the ``HISTORY`` before it, oldest first."""
        return [label for label in self._labels if label is not None]

    def begin(self, chunk: int, holds: list[Hold]) -> None:
        """Go on to a chunk, which has no label yet, and hold its inputs."""
        for _ in range(min(chunk - self._newest - 1, HISTORY + 1)):
            self._labels.append(ChunkLabel("no_media", 1.0))  # a hole: nothing was received
        self._labels.append(None)
        self._newest = chunk
        self._held.append((chunk, holds))

    def remember(self, label: ChunkLabel) -> None:
        """Note the label of the newest chunk; one without audio to be judged by has none."""
        self._labels[-1] = label

    def let_go(self, *, everything: bool) -> list[Hold]:
        """Holds on inputs that no output after the newest needs any more."""
        released: list[Hold] = []
        while self._held and (everything or self._held[0][0] <= self._newest - HISTORY):
            released.extend(self._held.popleft()[1])
        return released
