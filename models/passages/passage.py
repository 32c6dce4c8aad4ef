"""A part of a chunk that has one label."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a chunk that has one label.

    Attributes
    ----------
    label : str
        One of `models.classifier.LABELS`.
    start_s : float
        Seconds from the chunk's first sample, 0 to 2.
    duration_s : float
        Seconds, above 0.
    probability : float
        Of the label, 0 to 1.
    """

    label: str
    start_s: float
    duration_s: float
    probability: float
