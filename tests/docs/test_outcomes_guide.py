"""The guide on outcomes says what the program does, and its example writes what callsieve reads."""

import io
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from pipeline_world import CALLSIEVE, PARTITIONS, TopicReader, wait_for

from schemas.records import Outcome
from streams.broker import EmbeddedBroker
from streams.learning.drift import AT_LEAST, THRESHOLD
from streams.learning.outcome_lines import RefusedLine, read_outcomes
from streams.settings import FIRST_CHUNKS, Settings
from streams.topics import OUTCOMES, create_topics

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "guides" / "outcomes.md").read_text()


def test_the_guide_has_every_field_and_word_of_an_outcome() -> None:
    for name in Outcome.__struct_fields__:
        assert f"| `{name}` |" in GUIDE
    for word in ("passed", "failed", "unknown", "caller", "callee", "platform", "mistake", "missed", "agreed"):
        assert f"`{word}`" in GUIDE


def test_the_guides_lines_are_read_as_it_says() -> None:
    lines = "\n".join(re.findall(r"^\{.*sip_call_id.*\}$", GUIDE, re.MULTILINE)).encode()
    found = list(read_outcomes(io.BytesIO(lines), "jsonl", now_ms=1))
    assert [isinstance(each, Outcome) for each in found] == [True, False, True]
    refused = next(each for each in found if isinstance(each, RefusedLine))
    assert f"line {refused.number}: {refused.reason}\n2 outcomes sent; lines refused: 1" in GUIDE


def test_the_guide_has_todays_numbers() -> None:
    text = " ".join(GUIDE.split())
    assert f"`--threshold` ({THRESHOLD})" in text
    assert f"fewer than {AT_LEAST} chunks (`--at-least`)" in text
    assert f"first {FIRST_CHUNKS} chunks (`CALLSIEVE_FEATURE_CHUNKS`" in text


@pytest.mark.slow
def test_the_example_tells_outcomes(kafka: EmbeddedBroker, tmp_path: Path) -> None:
    settings = Settings(broker=kafka.url, prefix=f"og{uuid4().hex[:6]}.")
    create_topics(settings.client(), prefix=settings.prefix, partitions=PARTITIONS)
    schema = tmp_path / "outcome.json"
    schema.write_bytes(subprocess.check_output([CALLSIEVE, "schema", "outcome"]))
    example = DOCS / "examples" / "e05_tell_outcomes.py"
    command = [sys.executable, example, settings.bootstrap, schema, settings.prefix + OUTCOMES]
    lines = '{"sip_call_id": "a@b", "ivr_result": "failed", "speech_count": 0}\n{"call_id": "c", "reported_ms": 7}\n'
    subprocess.run(command, input=lines, text=True, timeout=60, check=True)
    reader = TopicReader(settings, OUTCOMES, Outcome)
    wait_for(lambda: len(reader.poll()) == 2, 20)
    reader.close()
    found = sorted((each for each in reader.records if isinstance(each, Outcome)), key=lambda each: each.call_id or "")
    assert (found[0].sip_call_id, found[0].ivr_result, found[0].speech_count) == ("a@b", "failed", 0)
    assert found[1] == Outcome(reported_ms=7, call_id="c")
