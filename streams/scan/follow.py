"""Made calls through the pipeline, and what counted of each after every chunk."""

from collections.abc import Iterable

from models.call_state import ChunkLabel
from models.evaluation.calls.calls import CHUNK_S, MadeCall
from models.evaluation.calls.followed import FollowedCall, Step
from schemas.records import Verdict
from streams.classify.current import CurrentVerdicts
from streams.numbers import NumberHasher
from streams.scan.made import packets_of
from streams.scan.pipeline import LocalPipeline
from streams.tap import Tap


def follow(pipeline: LocalPipeline, made: MadeCall) -> FollowedCall:
    """Send a made call through the cores of all roles, as packets."""
    name = f"made call {made.number}"
    tap = Tap(name, 0, 1, NumberHasher(bytes(32), "made"))
    packets = packets_of(made.sound.codes, made.sound.packets, made.law, name)
    return FollowedCall(made, *followed_steps(pipeline.run(packets, tap)))


def followed_steps(verdicts: Iterable[Verdict]) -> tuple[list[ChunkLabel], list[Step]]:
    """What the chunks of one call were judged to be, and what counted of the call after each."""
    current = CurrentVerdicts()
    chunks: list[ChunkLabel] = []
    steps: list[Step] = []
    for verdict in sorted(verdicts, key=lambda one: (one.captured_ms, one.chunk)):
        current.feed(verdict)
        if verdict.cause != "audio" or verdict.last:
            continue
        if verdict.scope == "chunk":
            chunks.append(ChunkLabel(verdict.label, verdict.probability, verdict.probabilities))
        else:
            counts = current[verdict.call_id]
            steps.append(Step((verdict.chunk + 1) * CHUNK_S, counts.label, counts.action))
    return chunks, steps
