"""The schemas' words for people, from which the reference is made."""

import json
from importlib.resources import files
from typing import Any

import pytest

SCHEMAS = sorted(entry.name for entry in files("schemas").joinpath("avro").iterdir() if entry.name.endswith(".avsc"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_type_and_every_field_is_explained(name: str) -> None:
    schema = json.loads(files("schemas").joinpath("avro", name).read_text())
    assert [each for each in unexplained(schema) if each] == []


def unexplained(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for branch in node for each in unexplained(branch)]
    if not isinstance(node, dict):
        return []
    found = [each for value in node.values() if isinstance(value, dict | list) for each in unexplained(value)]
    if "name" in node and not node.get("doc", "").strip():
        found.append(node["name"])
    return found
