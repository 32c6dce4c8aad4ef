"""A version of the model, and that another one judges."""

from dataclasses import dataclass
from pathlib import Path

from models.classifier import ChunkClassifier


@dataclass(frozen=True, slots=True)
class Version:
    """A model that there is.

    Attributes
    ----------
    name : str
        By which a state names it: ``shipped``, or its version.
    folder : Path
        Where it stands.
    model : ChunkClassifier or None
        It, loaded; None where it can't be.
    error : str
        Why it can't be loaded.
    """

    name: str
    folder: Path
    model: ChunkClassifier | None = None
    error: str = ""

    @property
    def version(self) -> str:
        """Its version; its name where it can't be loaded."""
        return self.name if self.model is None else self.model.version


@dataclass(frozen=True, slots=True)
class Switch:
    """Another version judges now.

    Attributes
    ----------
    version : str
        The one that judges.
    before : str
        Name of the one that did before.
    shadow_ended : bool
        Whether it was the shadow: none is tried any more.
    """

    version: str
    before: str
    shadow_ended: bool
