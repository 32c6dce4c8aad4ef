"""Two workers, one killed in the middle: nothing is missing, and repeats are repeats to see."""

import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pipeline_world import PARTITIONS, Feeding, TopicReader, WorkerProcess, expected_chunks, wait_for, wait_until_done

from schemas.records import Verdict
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.truth import truth_of
from streams.store import open_store
from streams.store.migrations import migrate
from streams.topics import VERDICTS, create_topics

CALLS = 200
SPREAD_S = 60.0
SPEED = 3.0


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_worker_killed_in_the_middle_loses_no_verdict(kafka: Any, clickhouse_server: Any, tmp_path: Path) -> None:
    settings = Settings(
        broker=kafka.url, prefix=f"kill{uuid4().hex[:6]}.", store=clickhouse_server.url(f"kill_{uuid4().hex[:8]}")
    )
    create_topics(settings.bootstrap, prefix=settings.prefix, partitions=PARTITIONS)
    store = open_store(settings.store)
    store.create_database()
    migrate(store)
    plan = plan_calls(5, CALLS, spread_s=SPREAD_S)
    workers = [WorkerProcess(settings, tmp_path / f"worker{n}.log", "all") for n in range(2)]
    reader = TopicReader(settings, VERDICTS, Verdict)
    try:
        for worker in workers:
            worker.wait_ready()
        feeding = Feeding(settings, plan, SPEED)
        feeding.start()
        time.sleep(SPREAD_S / SPEED / 2)
        workers[0].kill()
        time.sleep(1.0)
        workers[0] = WorkerProcess(settings, tmp_path / "worker2.log", "all")
        feeding.finish()
        expected = expected_chunks(feeding.batches)

        def judged() -> set[tuple[str, int]]:
            return {(v.stream_id, v.chunk) for v in reader.poll() if v.scope == "call" and v.cause == "audio"}  # type: ignore[attr-defined]

        wait_for(lambda: expected.keys() <= judged(), 120, lambda: f"{len(expected.keys() - judged())} are missing")
        verdicts: list[Verdict] = reader.poll()  # type: ignore[assignment]

        # the reference is not the window's own word alone: the truth says how many chunks each call begins
        for call in truth_of(plan).calls:
            if call.chunks:
                chunks = {key for key, c in expected.items() if c.head.call_id == call.call_id and c.head.ssrc}
                lasts = {key for key in chunks if expected[key].head.last}
                assert len(chunks) - len(lasts) >= call.chunks
        heard = {key for key, chunk in expected.items() if not chunk.head.last}
        assert heard <= {(v.stream_id, v.chunk) for v in verdicts if v.scope == "chunk"}
        assert {(v.stream_id, v.chunk) for v in verdicts} == expected.keys()

        by_id: dict[str, Verdict] = {}
        of_evidence: dict[tuple[str, int, str, str, str], set[str]] = {}
        for verdict in verdicts:
            first = by_id.setdefault(verdict.id, verdict)
            if verdict.cause == "audio":
                assert (first.label, first.probability) == (verdict.label, verdict.probability)
            evidence = (verdict.stream_id, verdict.chunk, verdict.scope, verdict.cause, verdict.evidence_id)
            of_evidence.setdefault(evidence, set()).add(verdict.id)
        assert all(len(ids) == 1 for ids in of_evidence.values())
        repeats = len(verdicts) - len(by_id)
        print(f"{len(expected)} chunks, {len(by_id)} verdicts, {repeats} repeats, {Counter(v.cause for v in verdicts)}")

        def stored() -> int:
            return int(store.query("SELECT uniqExact(id) AS n FROM verdicts")[0]["n"])

        wait_until_done(settings)
        assert stored() == len({v.id for v in reader.poll()})  # type: ignore[attr-defined]
    finally:
        codes = [worker.stop() for worker in workers]
        reader.close()
        store.close()
    assert codes == [0, 0]
