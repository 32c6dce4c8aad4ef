"""Which material tunes and which is reported: nobody tunes on what the pages report.

Whole sources go to one half where they differ in who is heard; the others are divided file by file. Of those
`speech_calls` has two files of most talkers, and `noise_esc10` several pieces of some sounds, which may be in both.
"""

import hashlib
from typing import Final, Literal

Half = Literal["tune", "report"]

FIRST_REPORTED_SEED: Final = 1000  # of everything made: seeds below it tune

_TUNE: Final = {
    "asterisk-en",  # both spoken by the same person
    "asterisk-es",
    "speech_in_noise_p835",
    "client_tones",
}
_REPORT: Final = {
    "asterisk-it",
    "asterisk-fr",
    "asterisk-ru",
    "asterisk-es-co",
    "asterisk-fr-armelle",
    "speech_in_noise_p808_en",
    "spoken_digits",
    "robocalls",
    "dead_air",
    "warzone2100",
}
_DIVIDED: Final = {"speech_calls", "noise_esc10", "wesnoth"}  # an even first byte of the name's SHA-256 tunes
_BY_ARTIST: Final = "asterisk-moh"
_TUNE_ARTIST: Final = "macroform-"
SOURCES: Final = tuple(sorted(_TUNE | _REPORT | _DIVIDED | {_BY_ARTIST}))


def half(source: str, name: str) -> Half:
    """Tell which half a recording belongs to.

    Parameters
    ----------
    source : str
        One of `SOURCES`.
    name : str
        The file's name, without its folder.

    Returns
    -------
    "tune" or "report"

    Raises
    ------
    ValueError
        For a source that nobody has put anywhere.
    """
    if source in _DIVIDED:
        return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 == 0 else "report"
    if source == _BY_ARTIST:
        return "tune" if name.startswith(_TUNE_ARTIST) else "report"
    if source in _TUNE:
        return "tune"
    if source in _REPORT:
        return "report"
    raise ValueError(f"{source!r} is in neither half; there are {', '.join(SOURCES)}")


def sources(wanted: Half) -> frozenset[str]:
    """Name all sources that a half may have recordings of."""
    return frozenset({*(_TUNE if wanted == "tune" else _REPORT), *_DIVIDED, _BY_ARTIST})


def half_of_seed(seed: int) -> Half:
    """Tell which half made material of a seed belongs to."""
    return "tune" if seed < FIRST_REPORTED_SEED else "report"
