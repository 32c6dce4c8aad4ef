"""Read verdicts: python e01_read_verdicts.py BROKER SCHEMA [TOPIC], the schema from 'callsieve schema verdict'."""

import io
import json
import sys
from pathlib import Path

from confluent_kafka import Consumer
from fastavro import parse_schema, schemaless_reader

schema = parse_schema(json.loads(Path(sys.argv[2]).read_text()))
consumer = Consumer({"bootstrap.servers": sys.argv[1], "group.id": "my-program", "auto.offset.reset": "earliest"})
consumer.subscribe([sys.argv[3] if len(sys.argv) > 3 else "call.verdicts"])
while True:
    message = consumer.poll(1.0)
    if message is not None and not message.error() and message.value()[:2] == b"\xc3\x01":  # else no record
        verdict = schemaless_reader(io.BytesIO(message.value()[10:]), schema, None)  # after marker and fingerprint
        if verdict["scope"] == "call":
            print(verdict["call_id"], verdict["chunk"], verdict["label"], verdict["action"], flush=True)
