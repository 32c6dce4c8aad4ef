"""From trials to figures."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.replay.distortions import DISTORTIONS
from bench.replay.measures import Limit, curve, limit
from bench.replay.ours import OURS
from bench.replay.results import Cell, Curve, Errors, Part, Stated, Total, Unknown
from bench.replay.trials import LENGTHS, Trial
from models.evaluation.intervals import grouped_interval

RATES: Final = (1e-3, 1e-4, 1e-5)
STATED: Final = (0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5)
TONES: Final = "tones"  # no threshold rests on them: one ring-back tone is like another, and only ours knows it

Floats = NDArray[np.float64]


class Tally:
    """Trials of one contender at one length."""

    def __init__(self, contender: str, length: str, trials: Sequence[Trial]) -> None:
        self.contender = contender
        self.length = length
        own = [trial for trial in trials if (trial.contender, trial.length) == (contender, length)]
        self.known = [trial for trial in own if trial.distortion]
        self.unknown = [trial for trial in own if not trial.distortion]
        self._counted = [trial for trial in self.unknown if trial.kind != TONES]
        self.limits: dict[float, Limit] = {}
        if self._counted:
            scores, groups = self._unknown_scores, [trial.recording for trial in self._counted]
            self.limits = {rate: limit(scores, groups, rate) for rate in RATES}

    @property
    def _unknown_scores(self) -> Floats:
        return np.array([trial.score for trial in self._counted])

    @property
    def _known_scores(self) -> Floats:
        """Minus infinity where another call came first."""
        return np.array([trial.score if trial.right else -np.inf for trial in self.known])

    def cells(self) -> list[Cell]:
        """Every distortion by itself."""
        found = []
        for distortion in DISTORTIONS:
            own = [trial for trial in self.known if trial.distortion == distortion.name]
            if not own or not self.limits:
                continue
            scores = np.array([trial.score if trial.right else -np.inf for trial in own])
            first, second = self.limits[RATES[0]], self.limits[RATES[1]]
            found.append(
                Cell(
                    contender=self.contender,
                    length=self.length,
                    distortion=distortion.name,
                    kind=distortion.kind,
                    trials=len(own),
                    identified=sum(trial.right for trial in own),
                    hits=int(np.sum(scores > first.score)),
                    hits_4=int(np.sum(scores > second.score)),
                    least=int(np.sum(scores > first.high)),
                    most=int(np.sum(scores > first.low)),
                    wrong=sum(not trial.right and trial.score > first.score for trial in own),
                )
            )
        return found

    def totals(self) -> list[Total]:
        """All distortions, at each rate."""
        return [self._total(found) for found in self.limits.values()] if self.known else []

    def _total(self, found: Limit) -> Total:
        scores, groups = self._known_scores, [trial.recording for trial in self.known]
        low, _ = grouped_interval(scores > found.high, groups, _share, seed=0, rounds=200)
        _, high = grouped_interval(scores > found.low, groups, _share, seed=0, rounds=200)
        return Total(
            contender=self.contender,
            length=self.length,
            rate=found.rate,
            unknown=len(self._counted),
            threshold=found.score,
            threshold_low=found.low,
            threshold_high=found.high,
            extrapolated=found.extrapolated,
            recall=_share(scores > found.score),
            recall_low=low,
            recall_high=high,
        )

    def curves(self) -> list[Curve]:
        """Recall over the rate of false matches."""
        if not self.known or not self._counted:
            return []
        points = curve(self._known_scores, self._unknown_scores)
        rates, recall = zip(*points, strict=True)
        return [Curve(contender=self.contender, length=self.length, rates=list(rates), recall=list(recall))]

    def parts(self) -> list[Part]:
        """Recall by what was replayed."""
        found = []
        for kind in dict.fromkeys(trial.kind for trial in self.known):
            own = [trial for trial in self.known if trial.kind == kind]
            hits = sum(trial.right and trial.score > self.limits[RATES[0]].score for trial in own) if self.limits else 0
            found.append(Part(contender=self.contender, length=self.length, kind=kind, trials=len(own), hits=hits))
        return sorted(found, key=lambda part: part.kind)

    def unknowns(self) -> list[Unknown]:
        """What of the unknown was matched, by kind."""
        found = []
        for kind in sorted({trial.kind for trial in self.unknown}):
            own = [trial for trial in self.unknown if trial.kind == kind]
            matched = sum(trial.score > self.limits[RATES[0]].score for trial in own) if self.limits else 0
            calls = len({trial.recording for trial in own})
            found.append(
                Unknown(
                    contender=self.contender,
                    length=self.length,
                    kind=kind,
                    queries=len(own),
                    calls=calls,
                    matched=matched,
                )
            )
        return found

    def stated(self) -> list[Stated]:
        """What ours says of chance, and what was seen."""
        if self.contender != OURS or not self.unknown:
            return []
        chances = np.array([trial.chance for trial in self.unknown])
        return [
            Stated(length=self.length, chance=chance, unknown=len(chances), seen=int(np.sum(chances <= chance)))
            for chance in STATED
        ]

    def errors(self) -> list[Errors]:
        """How far off place, pitch and tempo are, by kind of distortion."""
        if self.contender != OURS or not self.limits:
            return []
        kinds = {distortion.name: distortion.kind for distortion in DISTORTIONS}
        threshold = self.limits[RATES[0]].score
        hits = [trial for trial in self.known if trial.right and trial.score > threshold]
        found = []
        for kind in dict.fromkeys(kinds.values()):
            own = [trial for trial in hits if kinds[trial.distortion] == kind]
            if own:
                found.append(
                    Errors(
                        length=self.length,
                        kind=kind,
                        found=len(own),
                        offset_s=_sizes([trial.offset_error_s for trial in own]),
                        pitch=_sizes([trial.pitch_error for trial in own]),
                        tempo=_sizes([trial.tempo_error for trial in own]),
                    )
                )
        return found


def tallies(trials: Sequence[Trial]) -> list[Tally]:
    """Sort trials by contender and length."""
    names = dict.fromkeys(trial.contender for trial in trials)
    return [Tally(name, length, trials) for name in names for length in LENGTHS]


def _share(of: NDArray[np.bool_]) -> float:
    return float(np.mean(of)) if of.size else float("nan")


def _sizes(errors: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile of what there is; 0 of nothing."""
    known = np.abs([error for error in errors if not np.isnan(error)])
    if not known.size:
        return 0.0, 0.0
    return float(np.median(known)), float(np.quantile(known, 0.95))
