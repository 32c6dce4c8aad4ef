"""Whether records written with one schema can be read with another, by a library that we don't use elsewhere."""

import json
from typing import Any

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse


def why_unreadable(reader: Any, writer: Any) -> list[str]:
    """Why records of a writer's schema can't be read with a reader's; none where they can (JSON values both)."""
    found = ReaderWriterCompatibilityChecker().get_compatibility(parse(json.dumps(reader)), parse(json.dumps(writer)))
    if found.compatibility is SchemaCompatibilityType.compatible:
        return []
    return [f"{where}: {what}" for where, what in zip(sorted(found.locations), found.messages, strict=False)] or ["?"]
