"""What only evaluation and training need, loaded when it is needed; without it the way out is told."""

import importlib
from typing import Any

from models.errors import ModelError


def needed(module: str) -> Any:
    """Import a module of the extra ``train``.

    Parameters
    ----------
    module : str
        Such as ``librosa`` or ``matplotlib.figure``.

    Returns
    -------
    module

    Raises
    ------
    ModelError
        When it isn't installed; the message names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ModelError(f"{module.partition('.')[0]} is not installed: it comes with callsieve[train]") from error
