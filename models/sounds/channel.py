"""What a telephone line does to a sound: gain, noise, band, coding."""

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from features.g711 import Law, decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from features.levels import rms_dbfs
from models.sounds.noise import noise
from models.sounds.scale import RATE, to_int16


def gain(pcm: NDArray[np.int16], db: float) -> NDArray[np.int16]:
    """Louder or quieter by so many dB; clips."""
    return to_int16(pcm.astype(np.float64) * 10.0 ** (db / 20.0))


def mix(first: NDArray[np.int16], second: NDArray[np.int16]) -> NDArray[np.int16]:
    """Sum of two sounds of the same length; clips."""
    return to_int16(first.astype(np.float64) + second.astype(np.float64))


def add_noise(rng: np.random.Generator, pcm: NDArray[np.int16], snr_db: float, kind: str = "pink") -> NDArray[np.int16]:
    """Noise of a kind (`models.sounds.noise.KINDS`) under a sound, `snr_db` below its RMS; silence stays silence."""
    if not pcm.any():
        return pcm.copy()
    return mix(pcm, noise(rng, pcm.size, rms_dbfs(pcm) - snr_db, kind))


def band_limit(pcm: NDArray[np.int16], low: float = 300.0, high: float = 3400.0) -> NDArray[np.int16]:
    """Fourth-order band-pass, Hz; 0 < low < high < 4000, else ValueError."""
    sos = butter(4, (low, high), btype="bandpass", fs=RATE, output="sos")
    return to_int16(np.asarray(sosfilt(sos, pcm.astype(np.float64)), dtype=np.float64))


def encode(pcm: NDArray[np.int16], law: Law) -> NDArray[np.uint8]:
    """Codes of the sound in one of G.711's laws."""
    return encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)


def decode(codes: NDArray[np.uint8], law: Law) -> NDArray[np.int16]:
    """Sound of codes in one of G.711's laws."""
    return decode_pcmu(codes) if law == "pcmu" else decode_pcma(codes)


def round_trip(pcm: NDArray[np.int16], law: Law) -> NDArray[np.int16]:
    """The sound as it is heard after coding."""
    return decode(encode(pcm, law), law)
