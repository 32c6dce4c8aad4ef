"""One way to the paper's low recall: labels by outcome that are wrong about the first two seconds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from models.evaluation.paper.calls import BY_OUTCOME
from models.evaluation.paper.protocol import ESTIMATORS, Answers, Material, ask, grouped

SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4)  # of all silent calls


def mislabelled(material: Material, share: float, seed: int) -> Material:
    """Leave out some of the silent calls labelled by outcome and call as many ordinary ones silent instead.

    Parameters
    ----------
    material : Material
    share : float
        Of all silent calls, from 0 to that of those labelled by outcome.
    seed : int

    Returns
    -------
    Material
        As many silent calls as before, fewer ordinary ones.
    """
    rng = np.random.default_rng([seed, 7])
    count = round(share * int(material.silent.sum()))
    left_out = rng.permutation(np.flatnonzero(material.kinds == BY_OUTCOME))[:count]
    relabelled = rng.permutation(np.flatnonzero(~material.silent))[: left_out.size]
    silent = material.silent.copy()
    silent[relabelled] = True
    kept = np.ones(silent.size, dtype=np.bool_)
    kept[left_out] = False
    return replace(
        material,
        vectors=material.vectors[kept],
        silent=silent[kept],
        kinds=material.kinds[kept],
        groups=material.groups[kept],
    )


def ask_mislabelled(material: Material, seed: int, tell: Callable[[str, int, int], None]) -> dict[float, Answers]:
    """Ask the forest by recording, trained and judged on labels of which more and more are wrong."""
    found = {}
    for number, share in enumerate(SHARES):
        tell("labels", number, len(SHARES))
        wrong = mislabelled(material, share, seed)
        splits = grouped(wrong, seed)
        found[share] = ask(ESTIMATORS["random forest"], wrong, splits, seed, by_recording=True, tell=lambda: None)
    tell("labels", len(SHARES), len(SHARES))
    return found
