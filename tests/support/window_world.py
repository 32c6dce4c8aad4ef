"""Segments made by hand, and a window that takes them. Not a test."""

from collections.abc import Sequence

from schemas.frames import COMFORT_NOISE, PCMU, TELEPHONE_EVENT, Frame, pack
from schemas.ids import stream_id
from schemas.records import Chunk, Facts, FrameBatch, Segment, SegmentKind
from streams.runtime.acker import PartitionAcker
from streams.window import WindowCore
from streams.window.core import WindowOutcome

T0 = 1_700_000_000_000  # ms
CALL = "call-1"
ANCHOR = 0xFFFFFF00  # the timestamps wrap in chunk 0
FACTS = Facts(direction="caller", opened_ms=T0, tap_id="tap-1")


def frame(
    position: int, payload: bytes | int = 160, encoding: int = PCMU, *, sequence: int = -1, at_ms: float = -1.0
) -> Frame:
    """A frame at a sample; ``payload`` bytes, or so many samples of a code that tells where they come from."""
    if isinstance(payload, int):
        payload = bytes([position // 160 % 251]) * payload
    return Frame(
        sequence=(position // 160 if sequence < 0 else sequence) & 0xFFFF,
        timestamp=(ANCHOR + position) & 0xFFFFFFFF,
        captured_us=round(1000 * (T0 + (position / 8 if at_ms < 0 else at_ms))),
        marker=False,
        payload_type=0,
        encoding=encoding,
        payload=payload,
    )


def event(start: int, duration: int, *, code: int = 5, end: bool = False, sequence: int = -1) -> Frame:
    report = bytes([code, (0x80 if end else 0) | 10]) + duration.to_bytes(2, "big")
    return frame(start, report, TELEPHONE_EVENT, sequence=sequence)


def noise(position: int, level: int = 60) -> Frame:
    return frame(position, bytes([level]), COMFORT_NOISE)


def talk(start: int, stop: int, step: int = 160) -> list[Frame]:
    return [frame(position, step) for position in range(start, stop, step)]


def segment(
    chunk: int = 0,
    frames: Sequence[Frame] = (),
    *,
    begun: int | None = None,
    kind: SegmentKind = "audio",
    facts: Facts | None = FACTS,
    reason: str | None = None,
    call: str = CALL,
    comfort_noise: int = -1,
) -> Segment:
    return Segment(
        kind=kind,
        call_id=call,
        direction="caller",
        ssrc=77,
        anchor=ANCHOR,
        chunk=chunk,
        begun=chunk if begun is None else begun,
        captured_ms=T0 + chunk * 2000,
        facts=facts,
        end_reason=reason,
        comfort_noise=comfort_noise,
        **pack(frames, T0 + chunk * 2000),
    )


def end(chunk: int, *, begun: int | None = None) -> Segment:
    return segment(chunk, kind="end", reason="bye", begun=begun, facts=None)


class Window:
    """A window, everything that came out of it, and which records it still holds; deliveries succeed at once."""

    def __init__(self, *, deliver: bool = True) -> None:
        self.core = WindowCore(0, 1)
        self.acker = PartitionAcker()
        self.acknowledged = 0
        self.chunks: list[Chunk] = []
        self.outcomes: list[WindowOutcome] = []
        self._deliver = deliver

    def feed(
        self, *segments: Segment, at_ms: int = 0, written_ms: int | None = None, tap: str = "tap-1", epoch: int = 1
    ) -> list[Chunk]:
        """Feed a batch; the chunks that it closed. Its record is written at the tap's time, or at ``written_ms``."""
        slot = self.acker.add(self._acknowledge)
        batch = FrameBatch(tap_id=tap, tap_epoch=epoch, clock_ms=T0 + at_ms, segments=list(segments))
        outcome = self.core.feed(batch, slot, T0 + (at_ms if written_ms is None else written_ms))
        slot.release()
        self.outcomes.append(outcome)
        made = [emission.record for emission in outcome.emissions if isinstance(emission.record, Chunk)]
        self.chunks += made
        for emission in outcome.emissions if self._deliver else ():
            emission.release()
        return made

    def _acknowledge(self) -> None:
        self.acknowledged += 1

    @property
    def numbers(self) -> list[tuple[int, bool]]:
        return [(chunk.head.chunk, chunk.head.last) for chunk in self.chunks]

    @property
    def broken(self) -> list[str]:
        return [letter.reason for outcome in self.outcomes for letter in outcome.broken]


def the_stream(epoch: int = 1) -> str:
    return stream_id(CALL, "caller", 77, "tap-1", epoch, ANCHOR)
