"""What goes wrong with a model."""

from typing import Final

OTHER: Final = "train another with this program: callsieve train"
"""The way out where a model is whole and yet of no use here: the same again would be no better."""


class ModelError(RuntimeError):
    """A model can't be used: missing, broken, or made for another program or other features."""
