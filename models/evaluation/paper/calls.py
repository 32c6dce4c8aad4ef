"""A set of the paper's make-up: 948 silent calls and 1,500 others, their first two seconds through mu-law.

The paper doesn't publish its calls. Its two batches of silent ones (256 and 692) are taken to be what people labelled
by ear and what the outcome labelled (test failed, nobody spoke): the first are simulated dead air here, the second are
cut from recordings of an end at which nobody speaks: as in the paper, the situation vouches for them and no ear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from features.g711 import decode_pcmu, encode_pcmu
from features.levels import rms_dbfs, silence_code_share
from models.channel.line import gain
from models.evaluation.paper.ordinary import ORDINARY_MAKERS, ordinary_sound
from models.evaluation.paper.recordings import DEAD_AIR, NOISE, SPEECH, Pcm, openings
from models.evaluation.paper.table import ORDINARY, SILENT
from models.evidence import CHUNK_SAMPLES
from models.sounds.silence import dead_air

Tell = Callable[[str, int, int], None]

BY_EAR, BY_OUTCOME = "silent by ear", "silent by outcome"
# The paper's silent calls average about -72 dBFS with peaks about -50; drawn a little higher, because mu-law swallows
# what stays under half a step.
_MEAN_DBFS: Final = -71.5
_SPREAD_DB: Final = 2.0
_LOUDEST: Final = -50.0  # dBFS RMS as recorded: louder openings hold the far end's echo, which somebody would hear
_FAINTEST: Final = -100.0  # and fainter ones nothing at all
_DIGITAL: Final = 0.95  # share of silence codes above which silence is digital (the project's definition)
_STEP: Final = 8000  # samples between two openings of one recording


@dataclass(frozen=True, slots=True)
class Call:
    """The first two seconds of a call.

    Attributes
    ----------
    pcm : ndarray of int16, shape (16000,)
        As heard after mu-law.
    silent : bool
        Truth in the paper's sense: of the call, not of these two seconds.
    kind : str
        What it was made of.
    group : str
        Same for all calls of one talker, device, voice or tone.
    """

    pcm: Pcm
    silent: bool
    kind: str
    group: str


def build_calls(data: Path | None, seed: int, tell: Tell, *, share: float = 1.0) -> list[Call]:
    """Build the set: the same seed and recordings give the same calls.

    Parameters
    ----------
    data : Path, optional
        Directory of recordings; without one everything is simulated.
    seed : int
    tell : callable
        Told a stage, how much of it is done, and how much there is.
    share : float
        Of the paper's numbers, above 0 and at most 1.

    Returns
    -------
    list of Call
        Silent ones first.

    Raises
    ------
    ModelError
        When the recordings aren't there or can't be read.
    SynthesiserError
        When the synthesiser isn't installed.
    ValueError
        When the share is out of range.
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    by_ear, by_outcome = (max(round(share * count), 10) for count in SILENT)
    calls = [_simulated_silence(seed, number, BY_EAR) for number in range(by_ear)]
    if data is None:
        calls += [_simulated_silence(seed, by_ear + number, BY_OUTCOME) for number in range(by_outcome)]
    else:
        calls += _recorded_silence(data, seed, by_outcome, tell)
    return calls + _ordinary_calls(data, seed, max(round(share * ORDINARY), 30), tell)


def _simulated_silence(seed: int, number: int, kind: str) -> Call:
    rng = np.random.default_rng([seed, 1, number])
    sound = dead_air(rng, CHUNK_SAMPLES)
    quieter = gain(sound, rng.normal(_MEAN_DBFS, _SPREAD_DB) - rms_dbfs(sound))
    # too quiet for mu-law: as it was made
    return Call(_heard(sound if _digital(quieter) else quieter), True, kind, f"simulated silence/{number}")


def _recorded_silence(data: Path, seed: int, count: int, tell: Tell) -> list[Call]:
    found = openings(data, DEAD_AIR, _STEP, _telling(tell, DEAD_AIR.folder))
    calls = []
    for place in np.random.default_rng([seed, 2]).permutation(len(found)):
        group, pcm = found[place]
        level = rms_dbfs(pcm)
        if not _FAINTEST < level < _LOUDEST:
            continue
        wanted = np.random.default_rng([seed, 3, int(place)]).normal(_MEAN_DBFS, _SPREAD_DB)
        sound = gain(pcm, wanted - level)
        if not _digital(sound):
            calls.append(Call(_heard(sound), True, BY_OUTCOME, group))
        if len(calls) == count:
            break
    return calls


def _ordinary_calls(data: Path | None, seed: int, count: int, tell: Tell) -> list[Call]:
    """As many of each kind as `ORDINARY_MAKERS` says; speech and noise are recorded ones where there are any."""
    pools: dict[str, list[tuple[str, Pcm]]] = {}
    if data is not None:
        for source in (*SPEECH, NOISE):
            pools[source.folder] = openings(data, source, _STEP, _telling(tell, source.folder))
    calls: list[Call] = []
    for number, (kind, many) in enumerate(ORDINARY_MAKERS.items()):
        wanted = max(round(count * many / ORDINARY), 1)
        tell("ordinary calls", len(calls), count)
        pool = pools.get(kind)
        rng = np.random.default_rng([seed, 4, number])
        chosen = rng.permutation(len(pool))[:wanted] if pool else range(wanted)
        for place in chosen:
            own = np.random.default_rng([seed, 5, number, int(place)])
            if pool:
                group, sound = pool[place]
                sound = gain(sound, own.uniform(-12.0, 6.0) if own.random() < 0.5 else 0.0)
            else:
                group, sound = ordinary_sound(kind, own)
            calls.append(Call(_heard(sound), False, kind, group))
    tell("ordinary calls", count, count)
    return calls


def _telling(tell: Tell, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(stage, done, total)


def _heard(sound: Pcm) -> Pcm:
    return decode_pcmu(encode_pcmu(sound))


def _digital(sound: Pcm) -> bool:
    return silence_code_share(encode_pcmu(sound), "pcmu") >= _DIGITAL
