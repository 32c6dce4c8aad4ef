from pathlib import Path

import numpy as np
import pytest

from models.artifact import ModelInfo
from models.card import write_card
from models.classifier import ChunkClassifier
from models.dataset.examples import Example
from models.evaluation.labels import evaluate
from models.evidence import evidence_from_pcm


def ruled(label: str, symbol_share: str | None = None) -> Example:
    """A chunk of zeros, judged digital silence, or what its tone says."""
    zeros = np.zeros(16000, np.int16)
    evidence = evidence_from_pcm(zeros, np.full(16000, 0xFF, np.uint8), "pcmu")
    if symbol_share is not None:
        evidence = type(evidence)(
            **{name: getattr(evidence, name) for name in type(evidence).__slots__ if name != "tone_shares"},
            tone_shares={symbol_share: 0.5},
        )
    return Example(evidence, label, "made", held_out=True)


EXAMPLES = [
    ruled("digital_silence"),
    ruled("digital_silence"),
    ruled("speech"),
    ruled("digital_silence", "busy"),
    ruled("busy", "busy"),
    ruled("busy", "dial"),
]


def test_precision_recall_and_mistakes_are_counted_by_label_and_source():
    figures = evaluate(ChunkClassifier.load(), EXAMPLES)
    by_label = {one.label: one for one in figures.labels}
    assert (by_label["digital_silence"].precision, by_label["digital_silence"].recall) == pytest.approx((2 / 3, 2 / 3))
    assert (by_label["busy"].precision, by_label["busy"].recall, by_label["busy"].chunks) == (0.5, 0.5, 2)
    assert (by_label["speech"].precision, by_label["speech"].recall) == (0.0, 0.0)
    assert figures.accuracy == pytest.approx(3 / 6)
    assert figures.undecided == pytest.approx(1 / 6)
    assert ("made", "busy", "undecided", 1) in figures.mistakes


def test_nothing_to_evaluate_is_no_error():
    figures = evaluate(ChunkClassifier.load(), [])
    assert (figures.chunks, figures.accuracy, figures.labels) == (0, 0.0, [])


def test_the_card_names_sources_figures_and_limits(tmp_path: Path):
    info = ModelInfo(1, "call_type-abc", "1.0", "0" * 64, ["a"], ["speech"], 0.5, ["fax"], 1)
    figures = evaluate(ChunkClassifier.load(), EXAMPLES)
    write_card(tmp_path / "card.md", info, {"fax": 7, "simulated busy": 3}, figures, figures, None)
    card = (tmp_path / "card.md").read_text()
    assert "fax calls made with spandsp | 7 |" in card
    assert "| busy | 0.500 | 0.500 | 2 |" in card
    assert "What it can't" in card
    assert "Held-out recordings" not in card
