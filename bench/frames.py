"""A tap's batch off the wire: our columns against a list of frame records."""

import io
from typing import Any, Final

import fastavro
import msgspec
import numpy as np

from bench.material import calls
from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare, each
from schemas.codec import decode, encode
from schemas.frames import unpack
from schemas.records import FrameBatch

_FIELDS: Final = ("sequence", "timestamp", "captured_us", "marker", "payload_type", "encoding")

# what one writes first: a frame is a record
_LISTED: Final = fastavro.parse_schema(
    {
        "type": "record",
        "name": "ListedBatch",
        "fields": [
            {"name": "tap_id", "type": "string"},
            {"name": "clock_ms", "type": "long"},
            {
                "name": "segments",
                "type": {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "ListedSegment",
                        "fields": [
                            {"name": "call_id", "type": "string"},
                            {"name": "chunk", "type": "int"},
                            {
                                "name": "frames",
                                "type": {
                                    "type": "array",
                                    "items": {
                                        "type": "record",
                                        "name": "ListedFrame",
                                        "fields": [
                                            *({"name": name, "type": "long"} for name in _FIELDS),
                                            {"name": "payload", "type": "bytes"},
                                        ],
                                    },
                                },
                            },
                        ],
                    },
                },
            },
        ],
    }
)


def _listed(batch: FrameBatch) -> bytes:
    segments = []
    for segment in batch.segments:
        rows = unpack(segment)
        frames = [
            {
                "sequence": int(rows.sequence[at]),
                "timestamp": int(rows.timestamp[at]),
                "captured_us": round(1000 * float(rows.captured_ms[at])),
                "marker": int(rows.marker[at]),
                "payload_type": int(rows.payload_type[at]),
                "encoding": int(rows.encoding[at]),
                "payload": rows.payload[int(rows.start[at]) : int(rows.start[at] + rows.length[at])],
            }
            for at in range(len(rows.sequence))
        ]
        segments.append({"call_id": segment.call_id, "chunk": segment.chunk, "frames": frames})
    out = io.BytesIO()
    plain = {"tap_id": batch.tap_id, "clock_ms": batch.clock_ms, "segments": segments}
    fastavro.schemaless_writer(out, _LISTED, plain)
    return out.getvalue()


def _decode_listed(value: bytes) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(value), _LISTED, None)


def _read_listed(value: bytes) -> int:
    """Frames of a batch, in arrays and one blob a segment, as a window needs them."""
    batch = _decode_listed(value)
    count = 0
    for segment in batch["segments"]:
        frames = segment["frames"]
        for name in _FIELDS:
            np.array([frame[name] for frame in frames], np.int64)
        b"".join(frame["payload"] for frame in frames)
        count += len(frames)
    return count


def _decode_ours(value: bytes) -> FrameBatch:
    return decode(value, FrameBatch)


def _read_ours(value: bytes) -> int:
    return sum(len(unpack(segment).sequence) for segment in _decode_ours(value).segments)


def measure(effort: Effort) -> Findings:
    """Compare both layouts on the batches that a tap made of simulated calls."""
    material = calls(effort.seed)
    ours, listed = [encode(batch) for batch in material.batches], [_listed(batch) for batch in material.batches]
    if [_read_ours(value) for value in ours] != [_read_listed(value) for value in listed]:
        raise BenchError("the two layouts hold different frames")
    second = round(material.call_seconds)

    found = compare(
        "call-seconds",
        [
            Contender("callsieve", "columns: decode and unpack", each(ours, _read_ours, second)),
            Contender(
                "list of frames", "fastavro, a record for each frame, then arrays", each(listed, _read_listed, second)
            ),
            Contender("columns as bytes", "ours, decoded and not unpacked", each(ours, _decode_ours, second)),
            Contender(
                "list as dictionaries", "fastavro, a record for each frame", each(listed, _decode_listed, second)
            ),
        ],
        effort,
    )
    sizes: dict[str, int | float | str] = {
        "call_seconds": second,
        "batches": len(ours),
        "frames_per_segment": material.per_segment,
        "bytes_columns": sum(map(len, ours)),
        "bytes_list": sum(map(len, listed)),
    }
    return msgspec.structs.replace(found, parameters=sizes)


BENCHMARK: Final = Benchmark(
    title="Frames off the wire",
    about="How many seconds of a call a CPU second reads from rtp.frames into arrays.",
    measure=measure,
)
