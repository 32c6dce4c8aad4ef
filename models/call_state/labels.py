"""What is known of a chunk when its call is judged, and what the call is judged to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ChunkLabel:
    """What one chunk was judged to be.

    Attributes
    ----------
    label : str
        One of `models.classifier.LABELS`.
    probability : float
        Of the label, 0 to 1.
    probabilities : mapping of str to float
        Label to probability; empty where the label is all that is known.
    """

    label: str
    probability: float
    probabilities: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallLabel:
    """What a call is judged to be, from the chunks seen.

    Attributes
    ----------
    label : str
    probability : float
        Of the label, 0 to 1.
    probabilities : dict of str to float
        Label to weight, 0 to 1.
    chunks : int
        How many in a row, the newest included, had this label.
    reasons : list of str
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    chunks: int
    reasons: list[str]


def in_a_row(history: list[str], label: str) -> int:
    """How many labels at the end of a history are this one."""
    row = 0
    for each in reversed(history):
        if each != label:
            break
        row += 1
    return row
