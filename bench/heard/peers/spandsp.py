"""spandsp's DTMF receiver (Debian: libspandsp2), called in its library."""

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.heard.receiver import Heard, Missing, Pcm
from models.sounds.scale import RATE

LIBRARY: Final = "libspandsp.so.2"
STEP: Final = 160  # samples a call: a packet, as in a telephone exchange
_AS_IT_IS: Final = -100  # dBm0: a threshold as low as this is no order to change it
_DIGITS: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)


@lru_cache(maxsize=1)
def library() -> Any:
    """Load the library.

    Raises
    ------
    Missing
        If it isn't installed.
    """
    try:
        loaded = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise Missing(f"{LIBRARY} is not installed: apt-get install libspandsp2") from error
    loaded.dtmf_rx_init.argtypes = [ctypes.c_void_p, _DIGITS, ctypes.c_void_p]
    loaded.dtmf_rx_init.restype = ctypes.c_void_p
    loaded.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    loaded.dtmf_rx_free.argtypes = [ctypes.c_void_p]
    loaded.dtmf_rx_parms.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    return loaded


class Spandsp:
    """spandsp's receiver with its own settings; a digit's time is the end of the packet that it was told after.

    Parameters
    ----------
    dial_tone_filter : bool
        Turn on its notches at 350 and 440 Hz, which are off unless asked for.
    step : int
        Samples handed over at a time.

    Raises
    ------
    Missing
        If it isn't installed.
    """

    def __init__(self, *, dial_tone_filter: bool = False, step: int = STEP) -> None:
        self.name = "spandsp, dial-tone filter" if dial_tone_filter else "spandsp"
        self.about = f"{LIBRARY} of Debian's libspandsp2, dtmf_rx with its own settings"
        self._filter, self._step = dial_tone_filter, step
        self._library = library()

    def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
        """Listen; see `bench.heard.receiver.Receiver`. What was not received is heard as it was filled."""
        told: list[str] = []
        callback = _DIGITS(lambda _user, digits, count: told.append(digits[:count].decode("ascii", "replace")))
        state = self._library.dtmf_rx_init(None, callback, None)
        if self._filter:
            self._library.dtmf_rx_parms(state, 1, -1, -1, _AS_IT_IS)
        try:
            return [self._piece(state, np.ascontiguousarray(piece), told) for piece in pieces]
        finally:
            self._library.dtmf_rx_free(state)

    def _piece(self, state: int, piece: Pcm, told: list[str]) -> list[Heard]:
        found: list[Heard] = []
        address, listen = piece.ctypes.data, self._library.dtmf_rx
        for begin in range(0, piece.size, self._step):
            end = min(begin + self._step, piece.size)
            listen(state, address + 2 * begin, end - begin)
            if told:
                found += [Heard(digit, end / RATE) for digit in "".join(told)]
                told.clear()
        return found
