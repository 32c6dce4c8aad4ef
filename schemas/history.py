"""Every version of a record's schema that was ever written, each as committed: ``schemas/history/NAME/NNN.avsc``.

A record carries only its schema's fingerprint, so whoever reads what an older release wrote needs the schema itself.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastavro import parse_schema

from schemas.catalogue import SCHEMA_NAMES, fingerprint_of
from schemas.records import Record


def committed(record_type: type[Record]) -> dict[int, Any]:
    """Committed versions of a record's schema as JSON values, by number from 1."""
    folder = files("schemas").joinpath("history", SCHEMA_NAMES[record_type])
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".avsc")] if folder.is_dir() else []
    return {int(entry.name.removesuffix(".avsc")): json.loads(entry.read_text()) for entry in sorted(found, key=str)}


@cache
def writers(record_type: type[Record]) -> dict[bytes, Any]:
    """Parsed committed versions of a record's schema, by fingerprint."""
    parsed = [parse_schema(schema) for schema in committed(record_type).values()]
    return {fingerprint_of(schema): schema for schema in parsed}
