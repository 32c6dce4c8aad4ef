"""Which labels a model can hear: one that was trained on a small data set lacks those of which there was too little."""

from collections.abc import Iterable
from typing import Final

from models.classifier import CLASSES, NOBODY, TONE

# Its cadence is a tone that `models.rules` tells first, so that little is left of it for any model to learn.
_BY_RULES_ALONE: Final = frozenset({"busy"})


def labels_of(classes: Iterable[str]) -> frozenset[str]:
    """Labels that a model of these classes can come to by what it hears; those that rules give are not among them."""
    labels: set[str] = set()
    for name in classes:
        labels |= {"dead_air", "noise"} if name == NOBODY else {"noise"} if name == TONE else {name}
    return frozenset(labels)


def unheard(classes: Iterable[str]) -> list[str]:
    """Labels that a model of these classes can't hear, though a large enough data set would have taught it; sorted."""
    return sorted(labels_of(CLASSES - _BY_RULES_ALONE) - labels_of(classes))
