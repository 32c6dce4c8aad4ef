"""What a chunk is: rules for what follows from its definition, a random forest for what has to be heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier

from models.artifact import SHIPPED, ModelInfo, load_forest
from models.evidence import Evidence
from models.passages.passage import Passage
from models.rules import DEAD_AIR_DBFS, judge_by_rule
from models.vector import FEATURE_NAMES, feature_matrix

__all__ = ["LABELS", "NOBODY", "ChunkClassifier", "Evidence", "Judgement"]

LABELS: Final[tuple[str, ...]] = (
    "no_media",
    "digital_silence",
    "comfort_noise",
    "dead_air",
    "noise",
    "speech",
    "music_or_hold",
    "fax",
    "modem",
    "busy",
    "ringback",
    "sit",
    "dtmf",
    "recording",
    "undecided",
)

# The forest's class for "nobody speaks, no tone": the level alone tells dead air from noise.
NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a chunk is judged to be.

    Attributes
    ----------
    label : str
        One of `LABELS`.
    probability : float
        Of the label, 0 to 1; of the likeliest other one when undecided for want of it.
    probabilities : dict of str to float
        Label to probability, those above 0; sums to 1.
    reasons : list of str
        A rule's name (see `models.rules`), or ``forest``, or ``low_probability``.
    passages : tuple of Passage
        In order, where the chunk is mixed: at least two. Empty where one label is all there is to say.
    """

    label: str
    probability: float
    probabilities: dict[str, float]
    reasons: list[str]
    passages: tuple[Passage, ...] = ()


class ChunkClassifier:
    """Judges chunks, many at a time. Safe to share between threads.

    Attributes
    ----------
    version : str
        The model's.
    """

    def __init__(self, forest: RandomForestClassifier, info: ModelInfo) -> None:
        self.version = info.version
        self._forest = forest
        self._classes = info.classes
        self._threshold = info.threshold
        self._columns = [FEATURE_NAMES.index(name) for name in info.features]

    @classmethod
    def load(cls, path: Path | None = None) -> "ChunkClassifier":
        """Read a model from disk.

        Parameters
        ----------
        path : Path, optional
            Of a ``.skops`` file with its ``.json`` beside it; the shipped one by default.

        Raises
        ------
        ModelError
            When it is missing or broken, or made for another version or other features.
        """
        return cls(*load_forest(SHIPPED if path is None else path, features=FEATURE_NAMES))

    def classify(self, evidence: Sequence[Evidence]) -> list[Judgement]:
        """Judge a batch of chunks; the forest is asked once for all that rules leave open.

        Parameters
        ----------
        evidence : sequence of Evidence

        Returns
        -------
        list of Judgement, as long as `evidence`

        Raises
        ------
        ValueError
            When evidence has another number of bins than the model, or isn't finite.
        """
        judged: list[Judgement | None] = []
        for one in evidence:
            ruled = judge_by_rule(one)
            judged.append(None if ruled is None else _certain(*ruled))
        open_ = [place for place, judgement in enumerate(judged) if judgement is None]
        if open_:
            chances = self._forest.predict_proba(feature_matrix([evidence[place] for place in open_])[:, self._columns])
            for place, row in zip(open_, chances, strict=True):
                judged[place] = self._heard(evidence[place], row)
        return [judgement for judgement in judged if judgement is not None]

    def _heard(self, evidence: Evidence, chances: NDArray[np.float64]) -> Judgement:
        quiet = "dead_air" if evidence.rms_dbfs < DEAD_AIR_DBFS else "noise"
        named = {quiet if name == NOBODY else name: float(p) for name, p in zip(self._classes, chances, strict=True)}
        label = max(named, key=lambda name: named[name])
        probabilities = {name: p for name, p in named.items() if p > 0.0}
        if named[label] < self._threshold:
            return Judgement("undecided", named[label], probabilities, ["low_probability"])
        return Judgement(label, named[label], probabilities, ["forest"])


def _certain(label: str, probability: float, reasons: list[str]) -> Judgement:
    probabilities = {label: probability}
    if probability < 1.0:
        probabilities["undecided"] = 1.0 - probability
    return Judgement(label, probability, probabilities, reasons)
