"""What counts of each call now: python e03_current_verdicts.py BROKER VERDICTS_SCHEMA [TOPIC [REGISTRY]].

The schema comes from 'callsieve schema verdict'. A line is printed whenever what is to be done with a call changes.
REGISTRY, http://host:port, is needed only where callsieve has one. docs/guides/subscribing.md explains every step.
"""

import io
import json
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from fastavro import parse_schema, schemaless_reader

CAUSES = ("audio", "tone", "replay", "black", "white")  # in rising rank
REMEMBERED = 100_000


class Decoder:
    """Verdicts out of either frame; a schema of the registry is fetched once."""

    def __init__(self, schema: Any, registry: SchemaRegistryClient | None = None) -> None:
        self._schema = schema
        self._registry = registry
        self._writers: dict[int, Any] = {}

    def decode(self, value: bytes) -> dict[str, Any]:
        """One verdict."""
        if value[:2] == b"\xc3\x01":  # written by the release whose schema we have
            return schemaless_reader(io.BytesIO(value[10:]), self._schema, None)
        schema_id = int.from_bytes(value[1:5], "big")
        if schema_id not in self._writers:
            if self._registry is None:
                raise ValueError("these verdicts need the registry's address")
            self._writers[schema_id] = parse_schema(json.loads(self._registry.get_schema(schema_id).schema_str))
        return schemaless_reader(io.BytesIO(value[5:]), self._writers[schema_id], self._schema)


class Current:
    """The current verdict of each call; in earnest, forget calls that have long ended."""

    def __init__(self) -> None:
        self._ids: dict[str, None] = {}
        self._calls: dict[str, dict[str, Any]] = {}

    def feed(self, verdict: dict[str, Any]) -> dict[str, Any] | None:
        """Take in a verdict; it comes back where it changes what is to be done with its call."""
        if verdict["scope"] != "call" or verdict["id"] in self._ids:
            return None
        self._ids[verdict["id"]] = None
        if len(self._ids) > REMEMBERED:
            del self._ids[next(iter(self._ids))]
        before = self._calls.get(verdict["call_id"])
        if before is not None and _rank(verdict) < _rank(before):
            return None
        self._calls[verdict["call_id"]] = verdict
        return None if before is not None and before["action"] == verdict["action"] else verdict


def _rank(verdict: dict[str, Any]) -> tuple[int, int, int, str]:
    return CAUSES.index(verdict["cause"]), verdict["captured_ms"], verdict["chunk"], verdict["id"]


def main(broker: str, schema: str, topic: str = "call.verdicts", registry: str = "") -> None:
    """Print what is to be done with each call, for ever."""
    client = SchemaRegistryClient({"url": registry}) if registry else None
    decoder, current = Decoder(parse_schema(json.loads(Path(schema).read_text())), client), Current()
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "my-screen", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        verdict = current.feed(decoder.decode(message.value()))
        if verdict is not None:
            act = "would " if verdict["dry_run"] else ""
            print(verdict["call_id"], verdict["cause"], verdict["label"], act + verdict["action"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
