"""Feed a call from another program: python e02_feed_frames.py BROKER FRAMES_SCHEMA VERDICTS_SCHEMA [PREFIX].

The schemas come from 'callsieve schema frame_batch' and 'callsieve schema verdict'. A fax machine calls: 1100 Hz for
half a second, every 3.5 s. What callsieve says of it is printed. docs/guides/producing.md explains every step.
"""

import hmac
import io
import json
import struct
import sys
import time
import uuid
from pathlib import Path

import numpy as np
from confluent_kafka import Consumer, Producer
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

FRAME = 160  # samples in 20 ms at 8 kHz
STEP = 10 * FRAME  # samples in a segment here, 200 ms
CHUNK = 16_000  # samples in a chunk
KEY, KEY_ID = b"a secret that callsieve's CALLSIEVE_HMAC_KEY is, too", "2026"

broker, prefix = sys.argv[1], sys.argv[4] if len(sys.argv) > 4 else ""
frames_schema, verdicts_schema = (parse_schema(json.loads(Path(path).read_text())) for path in sys.argv[2:4])
header = b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(frames_schema), "CRC-64-AVRO"))


def mu_law(sound: np.ndarray) -> bytes:
    """G.711: sign, exponent and mantissa of the magnitude, all bits turned."""
    magnitude = np.minimum(np.abs(sound), 32635).astype(np.int64) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    mantissa = magnitude >> (exponent + 3) & 15
    return (~((sound < 0) << 7 | exponent << 4 | mantissa) & 255).astype(np.uint8).tobytes()


def murmur2(data: bytes) -> int:
    """Hash of Kafka's default partitioner."""
    hashed, whole = 0x9747B28C ^ len(data), len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        mixed = word * 0x5BD1E995 & 0xFFFFFFFF
        hashed = hashed * 0x5BD1E995 & 0xFFFFFFFF ^ (mixed ^ mixed >> 24) * 0x5BD1E995 & 0xFFFFFFFF
    if data[whole:]:
        hashed = (hashed ^ int.from_bytes(data[whole:], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    hashed = (hashed ^ hashed >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return hashed ^ hashed >> 15


def hashed_number(digits: str) -> dict[str, object]:
    """A number in E.164 without '+', and its prefixes of five and more digits, as they rest."""

    def hashed(text: str) -> str:
        return hmac.new(KEY, text.encode(), "sha256").hexdigest()[:32]

    return {"number": hashed(digits), "prefixes": [hashed(digits[:n]) for n in range(5, len(digits))]}


class Call:
    """One call of one stream: the caller's audio."""

    def __init__(self, began_ms: int) -> None:
        self.call_id = uuid.uuid4().hex  # any id that is this call's alone
        self.ssrc, self.anchor = 0x1234, 0xFFFFF000  # the RTP timestamp of the first frame; it may wrap
        self.began_ms = began_ms
        self.begun = -1  # highest chunk number begun
        self.facts = {
            "direction": "caller",
            "opened_ms": began_ms,
            "tap_id": "my-media-server",
            "key_id": KEY_ID,
            "caller": hashed_number("493012345678"),
        }

    def segment(self, kind: str, chunk: int, at_ms: int, **more: object) -> dict[str, object]:
        """A mark, or a tick where there are no frames; frames are added by their columns."""
        columns = ("sequence", "timestamp", "arrival", "marker", "payload_type", "encoding", "length", "payload")
        made = dict.fromkeys(columns, b"") | {
            "kind": kind,
            "call_id": self.call_id,
            "sip_call_id": f"{self.call_id}@my-media-server",
            "direction": "caller",
            "ssrc": self.ssrc,
            "anchor": self.anchor,
            "chunk": chunk,
            "begun": self.begun,
            "captured_ms": at_ms,
            "facts": self.facts,  # needed in a chunk's first segment; here in all
        }
        self.begun = max(self.begun, chunk)
        return made | more

    def audio(self, kind: str, first: int, codes: bytes) -> dict[str, object]:
        """Consecutive frames of 20 ms, the first of which begins so many samples after the anchor; all of one chunk."""
        count = len(codes) // FRAME
        starts = first + FRAME * np.arange(count)
        at_ms = self.began_ms + first // 8
        return self.segment(
            kind,
            first // CHUNK,
            at_ms,
            sequence=(starts // FRAME).astype("<u2").tobytes(),
            timestamp=((self.anchor + starts) % 2**32).astype("<u4").tobytes(),
            arrival=(200 * np.arange(count)).astype("<i4").tobytes(),  # after captured_ms, in 0.1 ms
            marker=bytes(count),
            payload_type=bytes(count),
            encoding=bytes(count),  # 0: mu-law
            length=np.full(count, FRAME, "<u2").tobytes(),
            payload=codes,
        )


producer = Producer({"bootstrap.servers": broker, "acks": "all", "enable.idempotence": True})
partitions = len(producer.list_topics(prefix + "rtp.frames", timeout=10).topics[prefix + "rtp.frames"].partitions)
epoch_ms = int(time.time() * 1000)  # this run of this tap


def send(partition: int, clock_ms: int, *segments: dict[str, object]) -> None:
    """One batch; without segments it is a tick, that keeps a quiet partition's clock going."""
    value = io.BytesIO()
    value.write(header)
    batch = {"tap_id": "my-media-server", "tap_epoch": epoch_ms, "clock_ms": clock_ms, "segments": list(segments)}
    schemaless_writer(value, frames_schema, batch)
    producer.produce(prefix + "rtp.frames", value.getvalue(), partition=partition)
    producer.poll(0)


call = Call(epoch_ms)
partition = (murmur2(call.call_id.encode()) & 0x7FFFFFFF) % partitions
seconds = np.arange(10 * 8000) / 8000
codes = mu_law(np.where(seconds % 3.5 < 0.5, 6000 * np.sin(2 * np.pi * 1100 * seconds), 0))
for first in range(0, len(codes), STEP):  # in life, as the audio comes
    now_ms = call.began_ms + (first + STEP) // 8
    segments = []
    if first == 25 * STEP:  # somebody answers after five seconds
        call.facts["answered_ms"] = 5000
        segments.append(call.segment("answered", call.begun, call.began_ms + 5000))
    if first // CHUNK != 3:
        segments.append(call.audio("audio" if first else "open", first, codes[first : first + STEP]))
    elif first == 3 * CHUNK + 3 * STEP:  # a chunk without a packet is begun as well, 500 ms after it should have been
        segments.append(call.segment("audio", 3, now_ms))
    send(partition, now_ms, *segments)
call_end_ms = call.began_ms + len(codes) // 8
send(partition, call_end_ms, call.segment("end", call.begun, call_end_ms, end_reason="bye"))
for quiet in set(range(partitions)) - {partition}:
    send(quiet, call_end_ms)
assert producer.flush(30) == 0, "Kafka did not take all"  # noqa: S101 - an example

consumer = Consumer({"bootstrap.servers": broker, "group.id": f"e02-{call.call_id}", "auto.offset.reset": "earliest"})
consumer.subscribe([prefix + "call.verdicts"])
while True:
    message = consumer.poll(1.0)
    if message is not None and not message.error():
        verdict = schemaless_reader(io.BytesIO(message.value()[10:]), verdicts_schema, None)
        if verdict["call_id"] == call.call_id and verdict["scope"] == "call":
            print(verdict["cause"], verdict["chunk"], verdict["label"], verdict["action"], verdict["phase"], flush=True)
            if verdict["last"]:
                break
consumer.close()
