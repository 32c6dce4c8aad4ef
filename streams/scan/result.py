"""What scan found in one file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.records import Verdict
from streams.classify.current import CurrentVerdicts
from streams.scan.files import is_audio
from streams.tap import CallInfo


@dataclass(frozen=True, slots=True)
class HeardCall:
    """One side of one call: the caller's, or the callee's where that was asked for.

    Attributes
    ----------
    verdict
        The one that counts in the end, of scope call.
    chunks
        Verdicts of scope chunk, in their order.
    info
        The call in clear; None only when there were too many to keep.
    channel
        What an audio file's channel is called; None for calls of a capture.
    """

    verdict: Verdict
    chunks: list[Verdict]
    info: CallInfo | None
    channel: str | None

    @property
    def name(self) -> str:
        """The channel, or the begin of the call-id, and the side if it is the callee's."""
        if self.channel is not None:
            return self.channel
        side = " callee" if self.verdict.facts.direction == "callee" else ""
        return self.verdict.call_id[:8] + side

    @property
    def ends(self) -> tuple[str, str]:
        """Who called and who was called: numbers, or else addresses and ports; empty for a channel."""
        if self.info is None or self.channel is not None:
            return "", ""
        return self.info.caller or self.info.source, self.info.callee or self.info.destination


@dataclass(slots=True)
class _Side:
    chunks: list[Verdict] = field(default_factory=list)
    current: CurrentVerdicts = field(default_factory=CurrentVerdicts)


class FileResult:
    """Verdicts of one file, gathered by call and side."""

    def __init__(self, path: Path) -> None:
        self._channels = is_audio(path)
        self._sides: dict[tuple[str, bool], _Side] = {}

    def feed(self, verdict: Verdict) -> None:
        """Take in a verdict of any scope."""
        side = self._sides.setdefault((verdict.call_id, verdict.facts.direction == "callee"), _Side())
        if verdict.scope == "chunk":
            side.chunks.append(verdict)
        side.current.feed(verdict)

    def calls(self, infos: Mapping[str, CallInfo]) -> Iterator[HeardCall]:
        """All calls, in the order they appeared in."""
        for (call_id, _), side in self._sides.items():
            info = infos.get(call_id)
            channel = info.destination if info is not None and self._channels else None
            for verdict in side.current.calls():
                yield HeardCall(verdict, side.chunks, info, channel)
