"""Figures as a page says them."""

from collections import Counter
from math import isnan
from typing import TYPE_CHECKING, Final

from models.evaluation.outcome import Interval, Share

if TYPE_CHECKING:
    from models.artifact import ModelInfo
    from models.dataset.store import Dataset

# On every page that tells of held-out chunks; what names don't tell stands in docs/guides/training.md.
APART: Final = (
    "by the names of files, no recording, device or talker is both tested on and trained on "
    "(names miss two cases in speech_in_noise_p808_en and speech_in_noise_p835: see the guide to training)"
)

_SMALL: Final = 0.01


def percent(share: float) -> str:
    """A share in per cent, without the sign: 98.31; n/a of nothing."""
    return "n/a" if isnan(share) else f"{100.0 * share:.2f}"


def figure(share: float) -> str:
    """A share as a decimal: four places, or two digits and a power of ten where it is small; n/a of nothing."""
    if isnan(share):
        return "n/a"
    return f"{share:.1e}" if 0.0 < share < _SMALL else f"{share:.4f}".rstrip("0").rstrip(".")


def interval(bounds: Interval) -> str:
    """Both bounds."""
    return f"{figure(bounds[0])} to {figure(bounds[1])}"


def rate(share: Share) -> str:
    """A share with its count and its interval by chunk."""
    return f"{figure(share.value)} ({share.hits:,} of {share.n:,}; {interval(share.chunks)})"


def one_in(share: float) -> str:
    """A bound as one in so many, never better than it is."""
    return f"{int(1.0 / share):,}" if share > 0.0 else "ever more"


def most(counts: Counter[str], rows: int) -> str:
    """The most frequent with their counts: speech 12, noise 3; alike ones by name."""
    ordered = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered[:rows])


def trained_on(model: "ModelInfo", dataset: "Dataset") -> str:
    """What a model has learnt from, as seen from the data set that it is measured on."""
    trained = model.trained_on
    if trained.dataset == dataset.sha256:
        return f"trained on {trained.chunks:,} chunks of this data set's train split"
    return (
        f"trained on another data set (SHA-256 `{trained.dataset}`, seed {trained.dataset_seed}): **its recordings may "
        "be among these**"
    )
