"""Simulated calls through the real cores into ClickHouse's server, and what the commands tell of them."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from models.classifier import ChunkClassifier
from schemas.ids import list_key
from streams.classify.current import CurrentVerdicts
from streams.clock import now_ms
from streams.feed import shifted
from streams.fingerprint import FingerprintCore
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.numbers import NumberHasher
from streams.policy import Policy
from streams.scan.pipeline import LocalPipeline
from streams.simulate.planning import plan_calls
from streams.simulate.stream import simulated_packets
from streams.sink import SinkCore
from streams.store import open_store
from streams.store.migrations import migrate
from streams.tap import Tap, TapSettings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

CALLSIEVE = Path(sys.executable).parent / "callsieve"


def told(url: str, *words: str) -> Any:
    command = [CALLSIEVE, *words, "--store", url, "--format", "json"]
    environment = {"PATH": "/usr/bin:/bin", "CALLSIEVE_BROKER": "kafka://127.0.0.1:1"}
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60, env=environment).stdout)


def test_report_and_campaigns_tell_what_the_cores_found(clickhouse_server: Any, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    url = clickhouse_server.url(f"look_{uuid4().hex[:8]}")
    store = open_store(url)
    migrate(store)
    lists, sink, current = ListView(), SinkCore(), CurrentVerdicts()
    fingerprint = FingerprintCore(store, lists, Rules.load(), clock=now_ms)
    pipeline = LocalPipeline(ChunkClassifier.load(), Policy.load(None), lists, fingerprint)
    tap = Tap("test", 0, 1, NumberHasher(b"a key that only tests know", "test"), TapSettings())
    packets = shifted(simulated_packets(plan_calls(3, 60, spread_s=40.0)), int((time.time() - 120) * 1e6))
    for verdict in pipeline.run(packets, tap):
        sink.feed_verdict(verdict)
        current.feed(verdict)
    for offset, entry in enumerate(pipeline.entries):
        key = list_key(entry.kind, entry.scope, entry.value)
        sink.feed_entry(key, entry, recorded_ms=now_ms(), offset=offset)
    sink.write(store)
    store.close()

    report = told(url, "report", "--since", "10m")
    labels = [verdict.label for verdict in current.calls()]
    assert report["totals"]["calls"] == len(labels) == 60
    assert sum(step["calls"] for step in report["over_time"]["steps"]) == 60
    assert {each["label"] for each in report["labels"]} <= set(labels)
    assert report["dead_letters"] is None
    listed = {entry.value for entry in pipeline.entries}
    assert {each["value"] for each in report["new_entries"]} == listed

    best = told(url, "campaigns", "list")[0]
    assert best["listed"]
    story = told(url, "campaigns", "show", best["campaign"][:10])
    assert story["campaign"] == best
    assert len(story["members"]) == best["calls"] == sum(step["calls"] for step in story["timeline"]["steps"])
    assert {entry["value"] for entry in story["entries"]} == listed
    replayed = [member for member in story["members"] if member["matched_call_id"] is not None]
    assert len(replayed) == best["calls"] - 1
    assert {member["matched_call_id"] for member in replayed} <= {member["call_id"] for member in story["members"]}

    page = tmp_path / "report.html"
    words = [CALLSIEVE, "report", "--store", url, "--html", page, "--since", "10m", "--broker", "kafka://127.0.0.1:1"]
    assert subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout.startswith(
        "60 calls in "
    )
    assert page.read_text().rstrip().endswith("</html>")
