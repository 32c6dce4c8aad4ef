"""Digits while somebody speaks."""

from functools import lru_cache, partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.dtmf.clause import Case, Clause, LeftOut, Material
from bench.dtmf.digits import JITTER, Sender, Trials, pair_power, send
from bench.heard.corpora import find, heard
from models.sounds.scale import RATE, to_int16

OVER: Final = (10.0, 5.0, 0.0)  # dB
STRETCH: Final = RATE  # samples of each trial: a second of speech around the digit
POOL_S: Final = 1500.0  # of speech that the stretches are drawn from
_FRAME: Final = 160
_ACTIVE_DB: Final = 20.0  # a packet is active within so much of the loudest (their 95th percentile)
_ACTIVE_SHARE: Final = 0.5  # of a stretch, at least
_FADE: Final = 80  # samples: a stretch is faded in and out, so that it doesn't begin with a click

Wide = NDArray[np.float64]


@lru_cache(maxsize=2)
def stretches(material: Material) -> NDArray[np.int16]:
    """Seconds of speech with their active level at one, drawn evenly from all sources; shape (n, `STRETCH`).

    Raises
    ------
    LeftOut
        If there is no speech.
    """
    recordings = find(material.places, material.half, ("speech",))
    rng = np.random.default_rng(len(recordings))
    sources = sorted({recording.source for recording in recordings})
    found: list[NDArray[np.int16]] = []
    for source in sources:
        own = [recording for recording in recordings if recording.source == source]
        rng.shuffle(own)
        taken = 0
        for _, pcm in heard(own):
            new = _active_stretches(pcm)
            found += new
            taken += len(new)
            if taken >= POOL_S / len(sources):
                break
    if not found:
        raise LeftOut("no speech here: install Debian's asterisk-core-sounds, or name recordings (CALLSIEVE_DATA)")
    return np.stack(found)


def _active_stretches(pcm: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    whole = pcm[: pcm.size // STRETCH * STRETCH].reshape(-1, STRETCH)
    return [row for row in whole if active_share(row) >= _ACTIVE_SHARE]


def _powers(pcm: NDArray[np.int16]) -> Wide:
    return np.asarray(np.mean(pcm.reshape(-1, _FRAME).astype(np.float64) ** 2, axis=1))


def _active(powers: Wide) -> NDArray[np.bool_]:
    loudest = float(np.percentile(powers, 95))
    active: NDArray[np.bool_] = powers > max(loudest * 10 ** (-_ACTIVE_DB / 10), 1e3)  # 1e3: -60 dBFS
    return active


def active_share(pcm: NDArray[np.int16]) -> float:
    """Share of packets in which somebody speaks."""
    return float(np.mean(_active(_powers(pcm))))


def active_power(pcm: NDArray[np.int16]) -> float:
    """Mean square of the packets in which somebody speaks, squared sample units; 0 where nobody does."""
    powers = _powers(pcm)
    active = _active(powers)
    return float(np.mean(powers[active])) if active.any() else 0.0


def _in_speech(ms: float, over: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    pool = stretches(material)
    lead = (STRETCH - round(ms / 1000 * RATE) - JITTER) // 2 / RATE
    tail = (STRETCH - JITTER) / RATE - lead - ms / 1000
    rows, truth = send(rng, n, Sender(lead_s=lead, tail_s=tail).lasting(ms / 1000))
    speech = pool[rng.permutation(np.resize(np.arange(len(pool)), max(n, len(pool))))[:n]]
    gains = np.sqrt(np.array([active_power(row) for row in speech]) * 10 ** (over / 10) / pair_power())
    ramp = np.minimum(1.0, np.minimum(np.arange(STRETCH), np.arange(STRETCH)[::-1]) / _FADE)
    return Trials(to_int16(rows[:, :STRETCH] * gains[:, None] + speech * ramp), truth)


CLAUSES: Final = (
    Clause(
        "speech",
        "Inside speech",
        "A digit in the middle of a second of speech, in which somebody speaks at least half of the time; its two "
        "tones together are so much above the speech's active level (packets within 20 dB of the loudest). A trial "
        "counts when the digit comes out once and nothing else in the whole second.",
        "dB over speech",
        tuple(Case(f"{ms} ms", x, "accept", partial(_in_speech, float(ms), x)) for ms in (100, 50) for x in OVER),
    ),
)
