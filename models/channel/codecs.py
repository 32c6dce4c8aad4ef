"""Codecs that a call may have passed before its last G.711 leg: through libsndfile (GSM) and PyAV (the others).

A codec's own delay is taken back, so that what was said at a moment is heard at that moment, to about a millisecond.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from models.errors import ModelError
from models.sounds.scale import RATE, to_int16

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Lavc:
    """A codec of FFmpeg: names of its encoder and decoder, bit/s, decoded rate in Hz, delay in samples at 8 kHz."""

    encoder: str
    decoder: str
    bit_rate: int
    delay: int
    rate: int = RATE
    encoding: dict[str, str] = field(default_factory=dict)
    decoding: dict[str, str] = field(default_factory=dict)


# Delays: the look-ahead of each Recommendation (AMR 5 ms, G.723.1 7.5 ms, Opus 6.5 ms), checked by correlation.
_LAVC: Final = {
    "amr_4.75": _Lavc("libopencore_amrnb", "amrnb", 4_750, 40),
    "amr_12.2": _Lavc("libopencore_amrnb", "amrnb", 12_200, 40),
    "g723_1": _Lavc("g723_1", "g723_1", 6_300, 60),
    "g726": _Lavc("g726", "g726", 32_000, 0, decoding={"bits_per_coded_sample": "4"}),
    "opus": _Lavc("libopus", "libopus", 8_000, 52, rate=48_000, encoding={"application": "voip"}),
}
CODECS: Final[tuple[str, ...]] = ("gsm", *_LAVC)


def through(pcm: Pcm, codec: str) -> Pcm:
    """Code and decode a sound.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,)
        At 8 kHz.
    codec : str
        One of `CODECS`: gsm (full rate, 06.10), amr_4.75 and amr_12.2 (AMR narrow band, kbit/s), g723_1 (6.3 kbit/s),
        g726 (32 kbit/s), opus (8 kbit/s, narrow band).

    Returns
    -------
    ndarray of int16, shape (n,)

    Raises
    ------
    ValueError
        For another codec.
    ModelError
        When PyAV or one of its codecs isn't installed; the message says what to install.
    """
    if codec not in CODECS:
        raise ValueError(f"codec is one of {', '.join(CODECS)}, not {codec!r}")
    if pcm.size == 0:
        return pcm.copy()
    return _gsm(pcm) if codec == "gsm" else _lavc(pcm, _LAVC[codec])


def _gsm(pcm: Pcm) -> Pcm:
    file = io.BytesIO()
    soundfile.write(file, pcm, RATE, format="WAV", subtype="GSM610")
    file.seek(0)
    heard: Pcm = soundfile.read(file, dtype="int16", frames=pcm.size)[0]
    return heard


def _lavc(pcm: Pcm, codec: _Lavc) -> Pcm:
    open_codec, frame_of, error = _library()
    try:
        encoder = open_codec(codec.encoder, "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
        encoder.bit_rate, encoder.options = codec.bit_rate, codec.encoding
        encoder.open()
        decoder = open_codec(codec.decoder, "r")
        decoder.sample_rate, decoder.layout, decoder.options = codec.rate, "mono", codec.decoding
        if encoder.extradata:
            decoder.extradata = encoder.extradata
        size = encoder.frame_size
        # the delay, and one frame more, is pushed out at the end by silence
        padded = np.concatenate([pcm, np.zeros(codec.delay + size - (pcm.size + codec.delay) % size, np.int16)])
        packets = [packet for i in range(0, padded.size, size) for packet in encoder.encode(frame_of(padded, i, size))]
        packets += encoder.encode(None)
        heard = np.concatenate(
            [frame.to_ndarray().ravel() for packet in packets for frame in _decoded(decoder, packet)]
        )
    except error as caught:
        raise ModelError(
            f"this PyAV can't code {codec.encoder} ({caught}): pip install --upgrade callsieve[train]"
        ) from caught
    return _aligned(heard, codec, pcm.size)


def _decoded(decoder: Any, packet: Any) -> Any:
    import av

    # its bytes alone: an encoder's time stamps (Opus counts its delay before zero) make the decoder cut samples off
    return decoder.decode(av.Packet(bytes(packet)))


def _aligned(heard: NDArray[Any], codec: _Lavc, n: int) -> Pcm:
    wide = heard.astype(np.float64) * (32768.0 if heard.dtype.kind == "f" else 1.0)
    if codec.rate != RATE:
        wide = np.asarray(resample_poly(wide, 1, codec.rate // RATE), dtype=np.float64)
    wide = wide[codec.delay : codec.delay + n]
    return to_int16(np.concatenate([wide, np.zeros(n - wide.size)]))


def _library() -> tuple[Any, Callable[[Pcm, int, int], Any], type[Exception]]:
    """What is needed of PyAV: how to open a codec, how to make a frame of samples, and its errors."""
    try:
        import av
    except ImportError as error:
        raise ModelError("no codecs: PyAV is missing; pip install callsieve[train]") from error

    def frame_of(pcm: Pcm, start: int, size: int) -> Any:
        frame = av.AudioFrame.from_ndarray(pcm[None, start : start + size], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        return frame

    av.logging.set_level(av.logging.PANIC)
    return av.CodecContext.create, frame_of, av.FFmpegError
