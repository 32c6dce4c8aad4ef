"""Errors that a person can act on: which they are, and that they are told without loading the whole program."""

from importlib import import_module

import pytest

from streams.cli.main import KNOWN_ERRORS


@pytest.mark.parametrize(("module", "name"), list(KNOWN_ERRORS.items()))
def test_every_known_error_is_one(module: str, name: str) -> None:
    assert issubclass(getattr(import_module(module), name), Exception)
