"""Versions of the model side by side in a directory, and which of them judges."""

from models.library.library import Library
from models.library.state import SHIPPED_NAME, Change, State
from models.library.version import Switch, Version

__all__ = ["SHIPPED_NAME", "Change", "Library", "State", "Switch", "Version"]
