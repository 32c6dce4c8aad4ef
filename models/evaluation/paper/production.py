"""The paper's failure in production: 98.6 % of what it called silent later was pure digital silence.

U says which way the spectrum points and not how loud it is. So nothing in the vector keeps exact zeros, a codec's idle
codes and an even hiss at any level apart from dead air; only examples do, and what they are labelled as.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from features.bases import BASES
from features.g711 import decode_pcma, decode_pcmu, encode_pcmu
from features.levels import rms_dbfs
from models.channel.line import gain
from models.evaluation.paper.calls import BY_OUTCOME, Call
from models.evaluation.paper.ordinary import DIGITAL_SILENCE
from models.evaluation.paper.protocol import ESTIMATORS
from models.evaluation.paper.recordings import Pcm
from models.evaluation.paper.vectors import Bases, base_vectors
from models.evidence import CHUNK_SAMPLES
from models.sounds.noise import noise
from models.sounds.silence import dead_air, digital_silence, idle_codes
from models.sounds.speech import VOICES, conversation

Zero = Literal["zeros", "identity"]  # what U of a spectrum of nothing is taken to be
Truth = Literal["ordinary", "absent", "silent"]  # what digital silence counts as in the calls to train on

TRUTHS: Final[tuple[Truth, ...]] = ("ordinary", "absent", "silent")
ZEROS: Final[tuple[Zero, ...]] = ("zeros", "identity")
PROBES: Final = 100  # sounds of each kind
EXACT_ZEROS: Final = "exact zeros"
IDLE_CODES: Final = "idle codes of mu-law: zeros and single steps"
DEAD_AIR: Final = "dead air, -70 dBFS"
LOUD_DEAD_AIR: Final = "the same dead air, 60 dB louder"
_MIXED_IN: Final = 0.1  # of the silent calls labelled by outcome, where digital silence counts as silent
_N: Final = CHUNK_SAMPLES


@dataclass(frozen=True, slots=True)
class Probe:
    """How many sounds of a kind are called silent: by what digital silence was in training, and by what U of it is."""

    name: str
    sounds: int
    called: dict[tuple[Truth, Zero], int]


def probes(calls: Sequence[Call], seed: int, tell: Callable[[str, int, int], None], each: int = PROBES) -> list[Probe]:
    """Train the paper's forest on the whole set, with digital silence as each of `TRUTHS`, and try other sounds.

    Parameters
    ----------
    calls : sequence of Call
    seed : int
        The sounds tried are of other randomness than the calls.
    tell : callable
        Told a stage, how much of it is done, and how much there is.
    each : int
        Sounds of each kind.
    """
    sounds = {name: [_coded(make, seed, n) for n in range(each)] for name, make in _PROBES.items()}
    vectors = {name: base_vectors(made) for name, made in sounds.items()}
    plain = base_vectors([call.pcm for call in calls])
    called: dict[str, dict[tuple[Truth, Zero], int]] = {name: {} for name in sounds}
    for number, truth in enumerate(TRUTHS):
        tell("production", number, len(TRUTHS))
        known, silent = _training(calls, plain, truth)
        for zero in ZEROS:
            forest = ESTIMATORS["random forest"](seed).fit(_with_zero(known, zero), silent)
            for name, tried in vectors.items():
                called[name][truth, zero] = int(forest.predict(_with_zero(tried, zero)).sum())
    tell("production", len(TRUTHS), len(TRUTHS))
    return [Probe(name, each, shares) for name, shares in called.items()]


def digital_share(prevalence: float, recall: float, false_positives: float, digital: float, opening: float) -> float:
    """Share of digital silence in what is called silent.

    Parameters
    ----------
    prevalence : float
        Share of calls that are silent.
    recall, false_positives : float
        Shares of the silent and of the sounding ordinary calls that are called silent.
    digital : float
        Share of digital silence that is called silent.
    opening : float
        Share of ordinary calls that open with digital silence.

    Returns
    -------
    float
        NaN where nothing is called silent.
    """
    ordinary = 1.0 - prevalence
    zeros = ordinary * opening * digital
    total = zeros + prevalence * recall + ordinary * (1.0 - opening) * false_positives
    return zeros / total if total > 0.0 else float("nan")


def opening_for(share: float, prevalence: float, recall: float, false_positives: float) -> float:
    """Share of ordinary calls that must open with digital silence for it to be `share` of what is called silent.

    All digital silence being called silent. Above 1 where no share of openings would do.
    """
    ordinary = 1.0 - prevalence
    others = prevalence * recall + ordinary * false_positives
    return share * others / (ordinary * (1.0 - share + share * false_positives))


def _training(calls: Sequence[Call], plain: Bases, truth: Truth) -> tuple[Bases, NDArray[np.bool_]]:
    silent = np.array([call.silent for call in calls])
    digital = np.array([call.kind == DIGITAL_SILENCE for call in calls])
    if truth == "ordinary":
        return plain, silent
    if truth == "absent":
        return plain[~digital], silent[~digital]
    changed = plain.copy()
    by_outcome = np.flatnonzero([call.kind == BY_OUTCOME for call in calls])
    changed[by_outcome[: round(_MIXED_IN * by_outcome.size)]] = 0.0
    return changed[~digital], silent[~digital]


def _with_zero(vectors: Bases, zero: Zero) -> Bases:
    if zero == "zeros":
        return vectors
    out = vectors.copy()
    out[~out.any(axis=1)] = np.eye(BASES, vectors.shape[1] // BASES, dtype=np.float32).ravel()
    return out


def _coded(make: Callable[[np.random.Generator], Pcm], seed: int, number: int) -> Pcm:
    return decode_pcmu(encode_pcmu(make(np.random.default_rng([seed, 6, number]))))


def _at(sound: Pcm, level_dbfs: float) -> Pcm:
    return gain(sound, level_dbfs - rms_dbfs(sound))


def _dead(rng: np.random.Generator) -> Pcm:
    return dead_air(rng, _N)


def _speech(rng: np.random.Generator, level_dbfs: float) -> Pcm:
    return _at(conversation(rng, 2.0, voices=(str(rng.choice(VOICES)),), room_dbfs=-95.0), level_dbfs)


def _late_room(rng: np.random.Generator) -> Pcm:
    sound = digital_silence(_N)
    sound[-2400:] = noise(rng, 2400, -65.0, "pink")
    return sound


_PROBES: Final[dict[str, Callable[[np.random.Generator], Pcm]]] = {
    EXACT_ZEROS: lambda _rng: digital_silence(_N),
    IDLE_CODES: lambda rng: decode_pcmu(idle_codes(rng, _N, "pcmu")),
    "idle codes of A-law: ±8 toggling": lambda rng: decode_pcma(idle_codes(rng, _N, "pcma")),
    "exact zeros, a room at -65 dBFS in the last 0.3 s": _late_room,
    "comfort noise, -70 to -50 dBFS": lambda rng: noise(rng, _N, rng.uniform(-70.0, -50.0), "pink"),
    "white noise, -40 dBFS": lambda rng: noise(rng, _N, -40.0, "white"),
    "street noise, -30 dBFS": lambda rng: noise(rng, _N, -30.0, "street"),
    DEAD_AIR: _dead,
    "the same dead air, 30 dB louder": lambda rng: gain(_dead(rng), 30.0),
    LOUD_DEAD_AIR: lambda rng: gain(_dead(rng), 60.0),
    "speech, -22 dBFS": lambda rng: _speech(rng, -22.0),
    "speech, -55 dBFS": lambda rng: _speech(rng, -55.0),
    "speech, -60 dBFS": lambda rng: _speech(rng, -60.0),
    "speech, -66 dBFS": lambda rng: _speech(rng, -66.0),
}
