"""The espeak-ng synthesiser (package espeakng-loader, extra `simulate`) as a function of its arguments alone.

The library keeps state from one utterance to the next (glottal phase, flutter, its own random numbers), which no call
resets: the same text sounds a little different each time. So it is loaded afresh for every utterance, which takes a
millisecond, under a lock, because it can speak only one at a time.
"""

import ctypes
import threading
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

# values of speak_lib.h
_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_BY_CHARACTER, _UTF8 = 1, 1

_CALLBACK: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_LOCK: Final = threading.Lock()


class SynthesiserError(RuntimeError):
    """Speech could not be made: the synthesiser is missing, or refused the voice or the text."""


def synthesise(text: str, voice: str, *, pitch: int, rate: int, seed: int) -> tuple[NDArray[np.int16], int]:
    """Speak a text.

    Parameters
    ----------
    text : str
    voice : str
        A voice of espeak-ng, with ``+variant`` if wanted.
    pitch : int
        0 to 99; 50 is the voice's own.
    rate : int
        Words a minute, 80 to 450.
    seed : int
        Of the synthesiser's own randomness (breath, flutter).

    Returns
    -------
    samples : ndarray of int16, shape (n,)
    rate : int
        Hz.

    Raises
    ------
    SynthesiserError
        When the library isn't installed or can't be loaded, or it doesn't know the voice.
    """
    with _LOCK:
        library, rate_hz, close, pieces, callback = _open()
        try:
            if library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise SynthesiserError(f"espeak-ng has no voice {voice!r}")
            library.espeak_ng_SetRandSeed(ctypes.c_long(seed))
            for parameter, value in ((_RATE, rate), (_VOLUME, 100), (_PITCH, pitch), (_RANGE, 50)):
                library.espeak_SetParameter(parameter, value, 0)
            raw = text.encode()
            if library.espeak_Synth(raw, len(raw) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None) != 0:
                raise SynthesiserError("espeak-ng could not speak the text")
        finally:
            library.espeak_Terminate()
            close()
            del callback
    return np.frombuffer(b"".join(pieces), dtype=np.int16), rate_hz


def _open() -> tuple[Any, int, Any, list[bytes], Any]:
    """Library fresh from disk, its sampling rate, how to close it, where the audio goes, and the callback's keeper."""
    try:
        import espeakng_loader
    except ImportError as error:
        raise SynthesiserError("no synthesiser: install callsieve with the extra 'simulate'") from error
    pieces: list[bytes] = []

    def take(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            pieces.append(ctypes.string_at(samples, 2 * count))
        return 0

    try:
        library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        data = str(espeakng_loader.get_data_path()).encode()
    except OSError as error:
        raise SynthesiserError(f"the synthesiser could not be loaded: {error}") from error
    callback = _CALLBACK(take)
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
    if rate_hz <= 0:
        raise SynthesiserError("espeak-ng could not be initialised")
    library.espeak_SetSynthCallback(callback)
    dlclose = ctypes.CDLL(None).dlclose
    dlclose.argtypes = [ctypes.c_void_p]
    return library, int(rate_hz), lambda: dlclose(library._handle), pieces, callback
