"""What the paper reports, and how many tones it must have asked about to report that."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reported:
    """A row of the paper's tables; None where its figure isn't known.

    Attributes
    ----------
    right : int
        Right answers on the test part: the one whole number that gives the reported per cent of `ASKED`.
    percent : str
        Accuracy on the test part as printed, per cent.
    folds_percent : str or None
        Five-fold accuracy.
    macro_f1 : str or None
    """

    right: int
    percent: str
    folds_percent: str | None = None
    macro_f1: str | None = None


# A fifth of ten augmented copies of each of 2,032 clean tones: all four accuracies are whole numbers of 4,064 to the
# digits printed, and three of them are none of 6,096, a fifth of the fifteen copies in the published files.
ASKED: Final = 4064
REPORTED: Final = {
    "A": Reported(3965, "97.5639"),
    "B": Reported(3974, "97.7854"),
    "C": Reported(3975, "97.81003"),
    "D": Reported(3987, "98.1053", "98.47", "0.980835"),
}
