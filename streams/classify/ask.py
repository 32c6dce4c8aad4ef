"""Asking a model about many chunks at once, so that one that it fails on costs no other its answer."""

from collections.abc import Iterator, Sequence

from models.classifier import ChunkClassifier, Evidence, Judgement
from streams.classify.core import ClassifyCore
from streams.classify.join import Pair

Answer = Judgement | Exception | None
"""What a model says of a pair: None where it is not asked or can't read it; else why there is no answer."""


def ask_model(classifier: ChunkClassifier, pairs: Sequence[tuple[ClassifyCore, Pair]]) -> list[Answer]:
    """What a model says of pairs."""
    evidence = [_evidence(core, pair) for core, pair in pairs]
    asked = [one for one in evidence if isinstance(one, Evidence)]
    try:
        answers: Iterator[Answer] = iter(classifier.classify(asked))
    except Exception:  # of one: it alone has no answer
        answers = iter([_ask_alone(classifier, one) for one in asked])
    return [next(answers) if isinstance(one, Evidence) else one for one in evidence]


def _ask_alone(classifier: ChunkClassifier, evidence: Evidence) -> Answer:
    try:
        return classifier.classify([evidence])[0]
    except ValueError:
        return None
    except Exception as error:
        return error


def _evidence(core: ClassifyCore, pair: Pair) -> Evidence | Exception | None:
    try:
        return core.evidence(pair)
    except Exception as error:
        return error
