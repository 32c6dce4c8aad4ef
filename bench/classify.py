"""Chunks judged by the shipped model: in batches and one by one."""

from typing import Final

import msgspec

from bench.material import measured
from bench.registry import Benchmark
from bench.result import BenchError, Findings
from bench.timing import Contender, Effort, compare
from models.classifier import ChunkClassifier
from models.rules import judge_by_rule
from streams.spectrum import evidence_of

BATCH: Final = 128  # as the role takes them
ALONE: Final = 8


def measure(effort: Effort) -> Findings:
    """Compare a batch with single chunks; only those that the rules leave to the forest."""
    evidence = [
        evidence_of(one.head, one.spectrum, one.tones.tones)
        for one in measured(effort.seed)
        if one.spectrum is not None and one.tones is not None
    ]
    heard = [one for one in evidence if judge_by_rule(one) is None]
    batch = (heard * (BATCH // max(len(heard), 1) + 1))[:BATCH]
    if not batch:
        raise BenchError("no chunk is left to the forest")
    classifier = ChunkClassifier.load()

    def alone() -> int:
        for one in batch[:ALONE]:
            classifier.classify([one])
        return ALONE

    found = compare(
        "chunks",
        [
            Contender(
                "callsieve", f"the forest asked once for {BATCH} chunks", lambda: len(classifier.classify(batch))
            ),
            Contender("one by one", "the same forest asked for each chunk", alone),
        ],
        effort,
    )
    return msgspec.structs.replace(
        found, parameters={"model": classifier.version, "distinct_chunks": len(heard), "batch": BATCH}
    )


BENCHMARK: Final = Benchmark(
    title="Chunks judged",
    about="How many chunks a CPU second judges, of those that the rules leave to the random forest.",
    measure=measure,
)
