"""What a chunk is: rules for what follows from its definition, a trained model for what has to be heard."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.sound import VERSION
from models.artifact import BLOCKS_FILE, SHIPPED, ModelInfo, read_graph, read_model
from models.calibration import calibrated
from models.errors import OTHER, ModelError
from models.evidence import Evidence
from models.graph import Graph
from models.passages.columns import BLOCK_COLUMNS
from models.passages.model import HEARD, BlockModel
from models.passages.passage import Passage
from models.rules import DEAD_AIR_DBFS, judge_by_rule
from models.thresholds import LEAST
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

# The model's class for "nobody speaks, no tone": the level alone tells dead air from noise.
NOBODY: Final = "nobody"
# Its class for a tone that means nothing: noise, however faint, since dead air has no tone.
TONE: Final = "tone"
CLASSES: Final = frozenset({NOBODY, TONE, "speech", "music_or_hold", "fax", "modem", "busy", "ringback", "sit", "dtmf"})


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
        A rule's name (see `models.rules`), or ``model``, or ``low_probability`` and ``maybe_`` with the likeliest
        label, whose threshold wasn't reached.
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

    Parameters
    ----------
    info : ModelInfo
    chunk : Graph
        Gives the probabilities of ``info.chunk.classes``.
    blocks : BlockModel, optional
        Tells the passages of mixed chunks.

    Attributes
    ----------
    version : str
        The model's.
    info : ModelInfo
    """

    def __init__(self, info: ModelInfo, chunk: Graph, blocks: BlockModel | None = None) -> None:
        self.version = info.version
        self.info = info
        self._chunk = chunk
        self._blocks = blocks
        self._offsets = np.array(info.chunk.offsets, dtype=np.float64)

    @classmethod
    def load(cls, directory: Path | None = None) -> "ChunkClassifier":
        """Read a model from disk.

        Parameters
        ----------
        directory : Path, optional
            Of the model; the shipped one by default.

        Raises
        ------
        ModelError
            When it is missing or broken, or made for another version or other features.
        """
        folder = SHIPPED if directory is None else directory
        info, chunk = read_model(folder, features=FEATURE_NAMES, features_version=VERSION, classes=CLASSES)
        if info.blocks is None:
            return cls(info, chunk)
        if tuple(info.blocks.features) != BLOCK_COLUMNS or tuple(info.blocks.classes) != HEARD:
            raise ModelError(f"the model in {folder} hears passages in another way; {OTHER}")
        return cls(info, chunk, BlockModel(read_graph(folder, info, BLOCKS_FILE, info.blocks)))

    def classify(self, evidence: Sequence[Evidence]) -> list[Judgement]:
        """Judge a batch of chunks; the model is asked once for all that rules leave open.

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
            chances = self.chances(feature_matrix([evidence[place] for place in open_]))
            for place, row in zip(open_, chances, strict=True):
                judged[place] = self._heard(evidence[place], row)
        found = [judgement for judgement in judged if judgement is not None]
        if self._blocks is None:
            return found
        passages = self._blocks.passages(evidence, [judgement.label for judgement in found])
        return [replace(one, passages=parts) if parts else one for one, parts in zip(found, passages, strict=True)]

    def chances(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of ``info.chunk.classes``, whatever the rules say.

        Parameters
        ----------
        rows : ndarray of float32, shape (n, len(FEATURE_NAMES))
            From `models.vector.feature_matrix`.

        Returns
        -------
        ndarray of float64, shape (n, classes)
        """
        return calibrated(self._chunk.probabilities(rows), self.info.chunk.temperature, self._offsets)

    def _heard(self, evidence: Evidence, chances: NDArray[np.float64]) -> Judgement:
        quiet = "dead_air" if evidence.rms_dbfs < DEAD_AIR_DBFS else "noise"
        named: dict[str, float] = {}
        for name, chance in zip(self.info.chunk.classes, chances.tolist(), strict=True):
            label = quiet if name == NOBODY else ("noise" if name == TONE else name)
            named[label] = named.get(label, 0.0) + chance
        label = max(named, key=named.__getitem__)
        probabilities = {name: p for name, p in named.items() if p > 0.0}
        if named[label] < self.info.chunk.thresholds.get(label, LEAST):
            return Judgement("undecided", named[label], probabilities, ["low_probability", f"maybe_{label}"])
        return Judgement(label, named[label], probabilities, ["model"])


def _certain(label: str, probability: float, reasons: list[str]) -> Judgement:
    probabilities = {label: probability}
    if probability < 1.0:
        probabilities["undecided"] = 1.0 - probability
    return Judgement(label, probability, probabilities, reasons)
