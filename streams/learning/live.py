"""What the model that judges has learnt from."""

from collections.abc import Mapping, Sequence

from models.library import Library


def training_deciles(library: str) -> Mapping[str, Sequence[float]]:
    """Nine deciles of every column over the chunks that the live model was trained on.

    Parameters
    ----------
    library
        Directory of the model library; empty: the shipped model.

    Raises
    ------
    ModelError
        If there is no such library, or its live model can't be loaded.
    """
    models = Library(library)
    return models.load(models.state().live).info.reference
