"""spandsp's receivers of supervisory tones and of fax and modem tones, called in its library."""

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.heard.peers.spandsp import library as _library
from bench.heard.receiver import Pcm

STEP: Final = 160  # samples a call: a packet, as in a telephone exchange
_REPORT: Final = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int)

# element lengths as spandsp's own test program makes them of a table: 10 % and 30 ms; what has no break is told apart
# from the longest ring-back only by its length
_TOLERANCE: Final = 0.10
_SLACK_MS: Final = 30
_CONTINUOUS_MS: Final = 2500
_NONE: Final = 0  # in place of a frequency; its header says -1, its code takes 0
_ELSEWHERE_HZ, _NEVER_MS = 1200, 3_600_000  # it compares two frequencies even where it was told one only

# of spandsp/modem_connect_tones.h: what is listened for, and what is told
_LISTENED: Final = {"cng": 1, "ced_or_v21": 7}
_TOLD: Final = {1: "cng", 2: "ced", 3: "ans_pr", 4: "ansam", 5: "ansam_pr", 6: "v21"}


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a tone: one or two frequencies in Hz, none for silence, and seconds; 0 is without a break."""

    frequencies: tuple[float, ...]
    seconds: float


def library() -> Any:
    """Load the library, these receivers' functions declared.

    Raises
    ------
    Missing
        If it isn't installed.
    """
    loaded = _library()
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, gives, takes in (
        ("super_tone_rx_make_descriptor", pointer, [pointer]),
        ("super_tone_rx_add_tone", number, [pointer]),
        ("super_tone_rx_add_element", number, [pointer, number, number, number, number, number]),
        ("super_tone_rx_init", pointer, [pointer, pointer, _REPORT, pointer]),
        ("super_tone_rx", number, [pointer, pointer, number]),
        ("super_tone_rx_free", number, [pointer]),
        ("super_tone_rx_free_descriptor", number, [pointer]),
        ("modem_connect_tones_rx_init", pointer, [pointer, number, _REPORT, pointer]),
        ("modem_connect_tones_rx", number, [pointer, pointer, number]),
        ("modem_connect_tones_rx_free", number, [pointer]),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = gives, takes
    return loaded


class SupervisoryTones:
    """``super_tone_rx``, told the tones of one country.

    Parameters
    ----------
    tones : mapping of str to sequence of Element
        What to listen for, by name.
    """

    def __init__(self, tones: Mapping[str, Sequence[Element]]) -> None:
        self._library = library()
        self._names = tuple(tones)
        self._descriptor = self._library.super_tone_rx_make_descriptor(None)
        for elements in tones.values():
            tone = self._library.super_tone_rx_add_tone(self._descriptor)
            for element in elements:
                first, second = (*(round(f) for f in element.frequencies), _NONE, _NONE)[:2]
                least, most = _limits(element.seconds)
                self._library.super_tone_rx_add_element(self._descriptor, tone, first, second, least, most)
        never = self._library.super_tone_rx_add_tone(self._descriptor)
        self._library.super_tone_rx_add_element(self._descriptor, never, _ELSEWHERE_HZ, _NONE, _NEVER_MS, 0)

    def hear(self, pcm: Pcm) -> list[str]:
        """Names of what began, in order, in one stream."""
        told: list[int] = []
        report = _REPORT(lambda _user, code, _level, _delay: told.append(code))
        state = self._library.super_tone_rx_init(None, self._descriptor, report, None)
        try:
            _feed(self._library.super_tone_rx, state, pcm)
        finally:
            self._library.super_tone_rx_free(state)
        return [self._names[code] for code in told if 0 <= code < len(self._names)]

    def close(self) -> None:
        """Let go of the library's memory."""
        self._library.super_tone_rx_free_descriptor(self._descriptor)


class ConnectTones:
    """``modem_connect_tones_rx``, one for CNG and one for the answering side's tones."""

    def __init__(self, listened: Iterable[str] = tuple(_LISTENED)) -> None:
        self._library = library()
        self._listened = [_LISTENED[name] for name in listened]

    def hear(self, pcm: Pcm) -> list[str]:
        """Names of what began in one stream."""
        told: list[int] = []
        report = _REPORT(lambda _user, code, _level, _delay: told.append(code))
        for kind in self._listened:
            state = self._library.modem_connect_tones_rx_init(None, kind, report, None)
            try:
                _feed(self._library.modem_connect_tones_rx, state, pcm)
            finally:
                self._library.modem_connect_tones_rx_free(state)
        return [_TOLD[code] for code in told if code in _TOLD]


def _limits(seconds: float) -> tuple[int, int]:
    """Least and most milliseconds of an element; 0 for no limit."""
    if not seconds:
        return _CONTINUOUS_MS, 0
    ms = 1000 * seconds
    return round(ms * (1 - _TOLERANCE) - _SLACK_MS), round(ms * (1 + _TOLERANCE) + _SLACK_MS)


def _feed(listen: Any, state: int, pcm: NDArray[np.int16]) -> None:
    samples = np.ascontiguousarray(pcm)
    for begin in range(0, samples.size, STEP):
        listen(state, samples.ctypes.data + 2 * begin, min(STEP, samples.size - begin))
