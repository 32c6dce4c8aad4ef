"""What the guides say is so."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, get_args

import msgspec
import pytest
from registry_server import RegistryServer

from models.classifier import LABELS
from schemas.catalogue import avro_schema
from schemas.codec import MAX_BYTES, BrokenRecordError, Codec, header
from schemas.foreign import MAX_DEPTH, MAX_SCHEMA_CHARACTERS
from schemas.frames import ENCODINGS, MAX_FRAMES, Frame, pack
from schemas.ids import partition_of
from schemas.records import Action, Cause, Chunk, Facts, FrameBatch, Phase, Segment, SegmentKind, Verdict
from streams.classify.current import CurrentVerdicts
from streams.registry import open_registry
from streams.runtime.acker import PartitionAcker
from streams.settings import Settings
from streams.topics import VERDICTS
from streams.window import WindowCore
from streams.window.assembly import MAX_SAMPLES
from streams.window.core import MAX_STREAMS
from streams.window.intake import MAX_EPOCH_AHEAD_MS, BrokenBatchError
from streams.window.stream import GRACE_MS, MAX_LEAD, MAX_SKIP
from streams.window.taps import MAX_TAPS, STREAM_SILENCE_MS, TAP_SILENCE_MS

DOCS = Path(__file__).parents[2] / "docs"
PRODUCING = (DOCS / "guides" / "producing.md").read_text()
SUBSCRIBING = (DOCS / "guides" / "subscribing.md").read_text()
NOW_MS = 1_800_000_000_000


@pytest.fixture(scope="module")
def e03() -> ModuleType:
    path = DOCS / "examples" / "e03_current_verdicts.py"
    module = ModuleType("e03")
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)  # noqa: S102 - our own file
    return module


def segment(**more: Any) -> Segment:
    told: dict[str, Any] = {"kind": "open", "call_id": "c", "direction": "caller", "ssrc": 1, "anchor": 0}
    return Segment(**(told | {"chunk": 0, "begun": -1, "captured_ms": NOW_MS} | more))


def batch(*segments: Segment, **more: Any) -> FrameBatch:
    told = {"tap_id": "t", "tap_epoch": NOW_MS, "clock_ms": NOW_MS, "segments": list(segments)}
    return FrameBatch(**(told | more))


def frames(first: int, **more: Any) -> dict[str, bytes]:
    made = Frame(**({"sequence": 0, "timestamp": first, "captured_us": NOW_MS * 1000, "marker": False} | more))
    return pack([made], NOW_MS)


def pcmu(samples: int = 160) -> dict[str, Any]:
    return {"payload_type": 0, "encoding": 0, "payload": bytes(samples)}


def refused_batch(told: FrameBatch, partition: int = 0, partitions: int = 1) -> str:
    core = WindowCore(partition, partitions)
    try:
        outcome = core.feed(told, PartitionAcker().add(lambda: None), NOW_MS)
    except BrokenBatchError as error:
        return str(error)
    return outcome.broken[0].reason


def refused_bytes(value: bytes) -> str:
    with pytest.raises(BrokenRecordError) as error:
        Codec().decode(value, FrameBatch)
    return str(error.value)


REFUSED: list[Callable[[], str]] = [
    lambda: refused_bytes(b""),
    lambda: refused_bytes(bytes([1]) * 20),
    lambda: refused_bytes(header(Chunk) + bytes(20)),
    lambda: refused_bytes(bytes(20)),
    lambda: refused_bytes(header(FrameBatch) + bytes(MAX_BYTES[FrameBatch])),
    lambda: refused_bytes(Codec().encode(batch(), "") + b"x"),
    lambda: refused_batch(batch(clock_ms=-1)),
    lambda: refused_batch(batch(tap_epoch=NOW_MS + 2 * MAX_EPOCH_AHEAD_MS)),
    lambda: refused_batch(batch(segment(call_id="c")), 1 - partition_of("c", 2), 2),
    lambda: refused_batch(batch(segment(**frames(16_000, **pcmu())))),
    lambda: refused_batch(batch(segment(**frames(15_999, **pcmu(20_000))))),
    lambda: refused_batch(batch(segment(kind="audio", chunk=MAX_SKIP + 1, begun=0))),
    lambda: refused_batch(batch(segment(**(frames(0, **pcmu()) | {"marker": b""})))),
    lambda: refused_batch(batch(segment(**(frames(0, **pcmu()) | {"payload": b""})))),
    lambda: refused_batch(batch(segment(**(frames(0, **pcmu()) | {"encoding": bytes([len(ENCODINGS)])})))),
    lambda: refused_batch(batch(segment(encoding=bytes(MAX_FRAMES + 1)))),
    lambda: refused_batch(batch(segment(call_id="c" * 129))),
    lambda: refused_batch(batch(segment(ssrc=-1))),
]


@pytest.mark.parametrize("refused", REFUSED)
def test_every_reason_is_one_that_the_guide_explains(refused: Callable[[], str]) -> None:
    table = PRODUCING.partition("reason begins with")[2]
    patterns = [each for row in table.splitlines() if row.startswith("| `") for each in re.findall(r"`([^`]+)`", row)]
    wildcards = [
        re.escape(each).replace("…", ".+").replace("\\ N", "\\ \\d+").replace("\\ M", "\\ .+") for each in patterns
    ]
    reason = refused()
    assert any(re.match(each, reason) for each in wildcards), reason


def test_the_producers_guide_has_todays_bounds() -> None:
    text = " ".join(PRODUCING.split())
    for said in (
        f"at most {MAX_TAPS} of them a partition",
        f"by more than {MAX_LEAD} chunks, nor jump by more than {MAX_SKIP:,}",
        f"or {GRACE_MS} ms of your clock",
        f"without a segment for {STREAM_SILENCE_MS // 1000} s",
        f"without a batch for {TAP_SILENCE_MS // 1000} s",
        f"at most {MAX_FRAMES:,} frames",
        f"{MAX_SAMPLES // 8000} s of samples",
        f"beyond {MAX_STREAMS:,} open",
        f"at most {MAX_BYTES[FrameBatch] >> 20} MiB",
        f"more than {MAX_SCHEMA_CHARACTERS >> 10} KiB, nested deeper than {MAX_DEPTH} levels",
        "0 PCMU, 1 PCMA, 2 L16, 3 telephone event, 4 comfort noise, 5 unsupported",
    ):
        assert said in text, said
    assert ENCODINGS == ("pcmu", "pcma", "l16", "telephone_event", "comfort_noise", "unsupported")
    assert all(f"| `{kind}` |" in PRODUCING for kind in get_args(SegmentKind))


def test_the_guides_name_no_field_that_is_not_there() -> None:
    fields = {name for each in (FrameBatch, Segment, Facts, Verdict) for name in each.__struct_fields__}
    for name in ("tap_epoch", "clock_ms", "begun", "answered_ms", "captured_ms", "comfort_noise", "old_key_id"):
        assert name in fields
        assert f"`{name}`" in PRODUCING
    for name in ("evidence_id", "dry_run", "phase", "coverage", "last", "judged_ms", "lists", "policy", "replay"):
        assert name in fields
        assert f"`{name}`" in SUBSCRIBING


def test_the_subscribers_guide_has_every_cause_action_and_phase(e03: ModuleType) -> None:
    for word in (*get_args(Cause), *get_args(Action), *get_args(Phase), "recording", "no_media", "undecided"):
        assert f"`{word}`" in SUBSCRIBING
    assert get_args(Cause) == e03.CAUSES
    assert {"recording", "no_media", "undecided"} <= set(LABELS)


def verdict(random: Random) -> Verdict:
    cause = random.choice(get_args(Cause))
    return Verdict(
        id=f"{random.randrange(40)}",
        stream_id="s",
        call_id=random.choice("ab"),
        ssrc=1,
        chunk=random.randrange(3),
        start_s=0.0,
        scope="call",
        cause=cause,
        label="speech",
        probability=0.5,
        action=random.choice(get_args(Action)),
        dry_run=False,
        phase="answered",
        model="",
        policy="",
        lists="",
        facts=Facts(direction="caller", opened_ms=1, tap_id="t"),
        coverage=1.0,
        last=False,
        captured_ms=random.randrange(3),
        tapped_ms=2,
        closed_ms=3,
        features_ms=4,
        judged_ms=5,
    )


def test_the_examples_current_verdict_is_ours(e03: ModuleType) -> None:
    random = Random(5)
    for _ in range(60):
        made = {each.id: each for each in (verdict(random) for _ in range(12))}  # an id means one verdict
        theirs, ours = e03.Current(), CurrentVerdicts()
        acted: dict[str, str] = {}
        for each in random.choices(list(made.values()), k=30):
            changed = theirs.feed(msgspec.to_builtins(each))
            ours.feed(each)
            if changed is not None:
                acted[each.call_id] = changed["action"]
            assert acted[each.call_id] == ours[each.call_id].action


def test_the_example_reads_both_frames(e03: ModuleType) -> None:
    told = verdict(Random(1))
    with RegistryServer() as server:
        registry = open_registry(Settings(schema_registry=server.url))
        assert registry is not None
        registry.register()
        registry.load()
        client = e03.SchemaRegistryClient({"url": server.url})
        decoder = e03.Decoder(avro_schema(Verdict), client)
        for codec in (Codec(), Codec(registry)):
            assert msgspec.convert(decoder.decode(codec.encode(told, VERDICTS)), Verdict) == told
    with pytest.raises(ValueError, match="registry's address"):
        e03.Decoder(avro_schema(Verdict)).decode(bytes(5))


def test_a_segment_at_fault_is_kept_alone() -> None:
    good, bad = segment(), segment(ssrc=-1, call_id="d")
    core = WindowCore(0, 1)
    letter = core.feed(batch(good, bad), PartitionAcker().add(lambda: None), NOW_MS).broken[0]
    assert letter.key == b"d"
    assert Codec().decode(letter.value, FrameBatch).segments == [bad]
