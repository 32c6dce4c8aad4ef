"""Tell callsieve what became of calls: python e05_tell_outcomes.py BROKER SCHEMA [TOPIC] < OUTCOMES.jsonl.

The schema comes from 'callsieve schema outcome'. Each line is an object, such as
{"sip_call_id": "a84b4c76@pbx", "ivr_result": "failed", "ended_by": "platform", "speech_count": 0}.
"""

import io
import json
import sys
import time
from pathlib import Path

from confluent_kafka import Producer
from fastavro import parse_schema, schemaless_writer
from fastavro.schema import fingerprint, to_parsing_canonical_form

schema = parse_schema(json.loads(Path(sys.argv[2]).read_text()))
header = b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
topic = sys.argv[3] if len(sys.argv) > 3 else "call.outcomes"
producer = Producer({"bootstrap.servers": sys.argv[1], "partitioner": "murmur2", "acks": "all"})
unknown = {"ivr_result": "unknown", "ended_by": "unknown"}

for outcome in map(json.loads, sys.stdin):
    body = io.BytesIO()
    schemaless_writer(body, schema, {"reported_ms": time.time_ns() // 1_000_000} | unknown | outcome)
    key = outcome.get("call_id") or outcome["sip_call_id"]
    producer.produce(topic, header + body.getvalue(), key)
    producer.poll(0)
sys.exit(f"{left} outcomes were not taken" if (left := producer.flush(30)) else 0)
