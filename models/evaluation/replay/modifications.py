"""The paper's eight kinds of modification, as replays of a call may come: which amounts is our choice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from features.g711 import decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from features.levels import rms_dbfs
from models.channel.codecs import CODECS, through
from models.channel.line import band_limit, clip, gain, mix
from models.evaluation.extras import needed
from models.sounds.noise import noise
from models.sounds.scale import RATE, to_int16

Pcm = NDArray[np.int16]
Change = Callable[[np.random.Generator, Pcm], Pcm]

UNCHANGED: Final = "unchanged"
SAME_WINDOWS: Final = "begun 60 ms later, windows as in the call"
KINDS: Final = ("pitch", "pieces", "level", "noise", "filters", "clipping", "codecs", "block order")
PIECE_S: Final = 5.0
_LATER: Final = 104  # samples, 13 ms: windows of a replay lie elsewhere than those of the call ...
_ALIGNED: Final = 480  # ... or 60 ms, two windows: where the call's do


@dataclass(frozen=True, slots=True)
class Modification:
    """One way a replay differs.

    Attributes
    ----------
    kind : str
        One of `KINDS`, or `UNCHANGED`.
    name : str
    change : callable
        From a generator and a call to what is heard of its replay, before the last mu-law.
    later : int
        Samples of the call that are missed before anything is done to it.
    """

    kind: str
    name: str
    change: Change
    later: int = _LATER

    def heard(self, pcm: Pcm, seed: int, number: int) -> Pcm:
        """Replay a call: begun a little later, changed, through mu-law; the same seed and number, the same chances.

        Raises
        ------
        ModelError
            When librosa or a codec isn't installed.
        """
        rng = np.random.default_rng([seed, 3, number])
        return decode_pcmu(encode_pcmu(self.change(rng, pcm[self.later :])))


def modifications() -> list[Modification]:
    """All of them, the unchanged replays first: one whose windows are the call's, one with windows of its own."""
    unchanged = [
        Modification(UNCHANGED, name, lambda _rng, pcm: pcm, later)
        for name, later in ((SAME_WINDOWS, _ALIGNED), ("begun 13 ms later", _LATER))
    ]
    return [*unchanged, *_all()]


def _all() -> Iterator[Modification]:
    for percent in (-10, -5, -2, 2, 5, 10):
        yield Modification("pitch", f"pitch {percent:+d} %, speed kept", partial(_pitch, percent))
    for percent in (-10, -5, -2, 2, 5, 10):
        yield Modification("pitch", f"pitch and speed {percent:+d} %", partial(_speed, percent))
    for place, share in (("first", 0.0), ("middle", 0.5), ("last", 1.0)):
        yield Modification("pieces", f"{place} 5 s", partial(_piece, share))
    for db in (-12, -6, 6, 12):
        yield Modification("level", f"{db:+d} dB", partial(_level, db))
    for colour, snr in (
        ("white", 20), ("white", 12), ("white", 6), ("white", 0), ("pink", 12), ("street", 12), ("babble", 12),
    ):  # fmt: skip
        yield Modification("noise", f"{colour} noise, {snr} dB", partial(_noise, colour, snr))
    yield Modification("filters", "300 to 3,400 Hz", lambda _rng, pcm: band_limit(pcm))
    yield Modification("filters", "500 to 2,000 Hz", lambda _rng, pcm: band_limit(pcm, 500.0, 2000.0))
    yield Modification("filters", "low-pass 1,500 Hz", partial(_pass, "lowpass", 1500.0))
    yield Modification("filters", "high-pass 1,000 Hz", partial(_pass, "highpass", 1000.0))
    yield Modification("filters", "6 dB more an octave", _brighter)
    for share in (0.01, 0.05, 0.2):
        yield Modification("clipping", f"{share:.0%} of samples", partial(_clipped, share))
    for codec in CODECS:
        yield Modification("codecs", codec, partial(_coded, codec))
    yield Modification("codecs", "A-law before mu-law", lambda _rng, pcm: decode_pcma(encode_pcma(pcm)))
    for seconds in (5.0, 2.0, 0.5):
        yield Modification("block order", f"blocks of {seconds:g} s", partial(_shuffled, seconds))


def _pitch(percent: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    steps = 12.0 * np.log2(1.0 + percent / 100.0)
    shift = needed("librosa.effects").pitch_shift
    return to_int16(32768.0 * np.asarray(shift(pcm / 32768.0, sr=RATE, n_steps=steps, n_fft=512), np.float64))


def _speed(percent: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    return to_int16(np.asarray(resample_poly(pcm.astype(np.float64), 100, 100 + int(percent)), np.float64))


def _piece(share: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    n = round(PIECE_S * RATE)
    begin = round(share * (pcm.size - n))
    return pcm[begin : begin + n]


def _level(db: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    return gain(pcm, db)


def _noise(colour: str, snr_db: float, rng: np.random.Generator, pcm: Pcm) -> Pcm:
    """So many dB below the call's RMS over the whole of it."""
    return mix(pcm, noise(rng, pcm.size, rms_dbfs(pcm) - snr_db, colour))


def _pass(kind: Literal["lowpass", "highpass"], hz: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    sos = butter(4, hz, btype=kind, fs=RATE, output="sos")
    return to_int16(np.asarray(sosfilt(sos, pcm.astype(np.float64)), np.float64))


def _brighter(_rng: np.random.Generator, pcm: Pcm) -> Pcm:
    """Differences from sample to sample, as loud as before."""
    wide = np.diff(pcm.astype(np.float64), prepend=0.0)
    return to_int16(wide * (np.std(pcm) / max(float(np.std(wide)), 1.0)))


def _clipped(share: float, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    return clip(pcm, share)


def _coded(codec: str, _rng: np.random.Generator, pcm: Pcm) -> Pcm:
    return through(pcm, codec)


def _shuffled(seconds: float, rng: np.random.Generator, pcm: Pcm) -> Pcm:
    n = round(seconds * RATE)
    blocks = [pcm[begin : begin + n] for begin in range(0, pcm.size, n)]
    return np.concatenate([blocks[place] for place in rng.permutation(len(blocks))])
