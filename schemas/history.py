"""Every version of a record's schema that was ever written, each as committed: ``schemas/history/NAME/NNN.avsc``.

A record carries only its schema's fingerprint, so whoever reads what an older release wrote needs the schema itself.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastavro import parse_schema

from schemas.catalogue import SCHEMA_NAMES, bare_schema, fingerprint_of
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


def freeze(record_type: type[Record], folder: Path) -> Path | None:
    """Commit today's schema of a record as its next version, in ``folder/NAME/``; None where the newest equals it.

    For whoever changed ``schemas/avro``: a version that was released is never written anew.
    """
    versions, today = committed(record_type), bare_schema(record_type)
    newest = max(versions, default=0)
    if versions and versions[newest] == today:
        return None
    path = folder / SCHEMA_NAMES[record_type] / f"{newest + 1:03}.avsc"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(today, indent=2) + "\n")
    return path
