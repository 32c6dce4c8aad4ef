"""The frames of one chunk, put in order: runs of received samples, loss and jitter."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from schemas.frames import COMFORT_NOISE, ENCODINGS, TELEPHONE_EVENT, UNSUPPORTED
from schemas.records import Run, RunEncoding
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES
from streams.rtp.event import REPORT_BYTES
from streams.window.events import EventPacket
from streams.window.intake import Placed
from streams.window.spans import Spans

MAX_FRAMES: Final = 4_096  # in a chunk
MAX_SAMPLES: Final = 4 * CHUNK_SAMPLES  # that came for a chunk, repeats and all: 128 KiB at most
JITTER_GAIN: Final = 1 / 16  # RFC 3550 section 6.4.1

BYTES_PER_SAMPLE: Final = {"pcmu": 1, "pcma": 1, "l16": 2}


@dataclass(slots=True)
class Piece:
    """Samples of consecutive frames of one encoding; ``start`` counts from the chunk's first sample."""

    start: int
    length: int
    encoding: RunEncoding
    data: bytes

    def cut(self, start: int, stop: int) -> "Piece":
        """Keep the part inside [start, stop)."""
        first, last = max(self.start, start), min(self.start + self.length, stop)
        width = BYTES_PER_SAMPLE.get(self.encoding, 0)
        data = self.data[(first - self.start) * width : (last - self.start) * width] if width else self.data
        return Piece(first, last - first, self.encoding, data)


@dataclass(slots=True)
class Gathered:
    """Everything that came for one chunk, in order of arrival.

    ``offset`` arrays hold a frame's RTP timestamp counted from the chunk's first sample.
    """

    pieces: list[Piece] = field(default_factory=list)
    noises: list[tuple[int, int]] = field(default_factory=list)  # (start, level) of comfort-noise packets
    events: list[EventPacket] = field(default_factory=list)
    sequences: list[NDArray[np.uint16]] = field(default_factory=list)
    offsets: list[NDArray[np.int64]] = field(default_factory=list)
    arrivals: list[NDArray[np.float64]] = field(default_factory=list)
    encodings: set[str] = field(default_factory=set)
    frames: int = 0
    noise_before: int = -1
    samples: int = 0  # received, repeats and all
    spans: Spans = field(default_factory=lambda: Spans(CHUNK_SAMPLES))

    def add_piece(self, piece: Piece) -> None:
        """Take in samples; they may reach out of the chunk."""
        self.pieces.append(piece)
        self.samples += piece.length
        self.spans.add(piece.start, piece.start + piece.length)

    def has_room(self, placed: Placed) -> bool:
        """Whether a segment's frames may come in besides: nobody sends as many, but a flood does."""
        samples = int((placed.ends - placed.offsets).sum())
        return self.frames + len(placed.offsets) <= MAX_FRAMES and self.samples + samples <= MAX_SAMPLES


def gather(into: Gathered, placed: Placed) -> bool:
    """Add a segment's frames to its chunk; whether they reach into the next one."""
    columns, offsets, ends = placed.columns, placed.offsets, placed.ends
    into.sequences.append(columns.sequence)
    into.offsets.append(offsets)
    into.arrivals.append(columns.captured_ms)
    into.frames += len(offsets)
    into.encodings.update(ENCODINGS[code] for code in set(columns.encoding.tobytes()))
    # frames that follow each other without a gap make one piece: a cut wherever that is not so
    joined = (offsets[1:] == ends[:-1]) & (columns.encoding[1:] == columns.encoding[:-1]) & (ends[:-1] > offsets[:-1])
    firsts = np.concatenate(([0], np.flatnonzero(~joined) + 1))
    lasts = np.concatenate((firsts[1:], [len(offsets)])) - 1
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        code = int(columns.encoding[first])
        start = int(offsets[first])
        begin, end = int(columns.start[first]), int(columns.start[last] + columns.length[last])
        if code == TELEPHONE_EVENT:
            whole = (end - begin) % REPORT_BYTES == 0
            report = columns.payload[begin : begin + REPORT_BYTES] if whole else b""
            into.events.append(EventPacket(start, int(columns.sequence[first]), report))
        elif code == COMFORT_NOISE:
            level = columns.payload[begin] & 0x7F if end > begin else 127  # RFC 3389 section 3.1
            into.noises.append((start, level))
        else:
            length = int(ends[last]) - start
            if length > 0:
                data = b"" if code == UNSUPPORTED else columns.payload[begin:end]
                into.add_piece(Piece(start, length, ENCODINGS[code], data))  # type: ignore[arg-type]
    return int(ends.max(initial=0)) > CHUNK_SAMPLES


def runs_of(gathered: Gathered) -> list[Run]:
    """Received samples in order, without overlap (what begins earlier wins), comfort noise in the gaps it fills."""
    received: list[Piece] = []
    covered = 0
    for piece in sorted(gathered.pieces, key=lambda piece: piece.start):
        rest = piece.cut(covered, CHUNK_SAMPLES)
        if rest.length > 0:
            received.append(rest)
            covered = rest.start + rest.length
    merged = _merge(received)
    merged.extend(_comfort_noise(gathered, merged))
    merged.sort(key=lambda piece: piece.start)
    return [Run(start=p.start, length=p.length, encoding=p.encoding, data=p.data) for p in merged]


def is_complete(gathered: Gathered) -> bool:
    """Whether every sample of the chunk was received."""
    return gathered.spans.whole


def _merge(pieces: list[Piece]) -> list[Piece]:
    groups: list[list[Piece]] = []
    for piece in pieces:
        if groups:
            before = groups[-1][-1]
            if before.encoding == piece.encoding and before.start + before.length == piece.start:
                groups[-1].append(piece)
                continue
        groups.append([piece])
    return [Piece(g[0].start, sum(p.length for p in g), g[0].encoding, b"".join(p.data for p in g)) for g in groups]


def _comfort_noise(gathered: Gathered, received: list[Piece]) -> list[Piece]:
    """Fill the gaps in which an RFC 3389 packet was the newest frame; a gap after audio is loss."""
    # (start, end of samples received, noise level): audio begins and ends noise, noise packets begin it
    marks = [(piece.start, piece.start + piece.length, -1) for piece in received]
    marks += [(max(0, start), 0, level) for start, level in gathered.noises if start < CHUNK_SAMPLES]
    if gathered.noise_before >= 0:
        marks.append((0, 0, gathered.noise_before))
    if not marks:
        return []
    marks.sort()
    filled: list[Piece] = []
    covered = 0
    stops = [start for start, _, _ in marks[1:]] + [CHUNK_SAMPLES]
    for (start, end, level), stop in zip(marks, stops, strict=True):
        covered = max(covered, end)
        begin = max(start, covered)
        if level >= 0 and stop > begin:
            filled.append(Piece(begin, stop - begin, "comfort_noise", bytes([level])))
    return filled


def lead_in_of(runs: list[Run]) -> list[Run]:
    """The last 128 ms of a chunk, counted from the start of the next."""
    out = []
    for run in runs:
        piece = Piece(run.start, run.length, run.encoding, run.data).cut(CHUNK_SAMPLES - LEAD_IN_SAMPLES, CHUNK_SAMPLES)
        if piece.length > 0:
            out.append(
                Run(start=piece.start - CHUNK_SAMPLES, length=piece.length, encoding=piece.encoding, data=piece.data)
            )
    return out


@dataclass(frozen=True, slots=True)
class Reception:
    """How a chunk's packets came: counts, interarrival jitter in ms, and the highest sequence number (-1: none)."""

    received: int
    lost: int
    duplicates: int
    jitter_ms: float
    newest_sequence: int


def reception_of(gathered: Gathered, previous_sequence: int) -> Reception:
    """Loss, duplicates and jitter of a chunk.

    Loss is counted from the chunk before's newest packet on; where that chunk had none, from this one's first: no chunk
    rests on more than the one before it, so that every owner counts the same.
    """
    if not gathered.frames:
        return Reception(0, 0, 0, 0.0, -1)
    sequence = np.concatenate(gathered.sequences)
    origin = previous_sequence if previous_sequence >= 0 else int(sequence[0])
    # distances on the circle of 2**16, so that a wrap is no gap
    distance = (sequence.astype(np.int64) - origin + 0x8000) % 0x10000 - 0x8000
    unique = np.unique(distance)
    first = 1 if previous_sequence >= 0 else int(unique[0])
    expected = max(0, int(unique[-1]) - first + 1)
    ahead = int(np.count_nonzero(unique >= first))
    transit = np.concatenate(gathered.arrivals) - np.concatenate(gathered.offsets) / 8.0
    smoothed = lfilter([JITTER_GAIN], [1, JITTER_GAIN - 1], np.abs(np.diff(transit)))
    return Reception(
        received=len(unique),
        lost=expected - ahead,
        duplicates=len(sequence) - len(unique),
        jitter_ms=float(smoothed[-1]) if len(smoothed) else 0.0,
        newest_sequence=(origin + int(unique[-1])) % 0x10000,
    )
