"""The truth of a chunk, set after coding: the definitions of docs/design.md, applied to what really arrives.

What was put together says who sounds when; the codes say whether it is still to be heard, and of which kind a silence
is. Where neither says enough the chunk has no truth and is left out.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law
from features.levels import rms_dbfs, silence_code_share
from models.channel.laws import decode
from models.channel.packets import CODED, COMFORT_NOISE, PACKET
from models.dataset.contents import (
    BUSY,
    CONTENTS,
    DOUBT,
    DTMF,
    FAX,
    MODEM,
    MUSIC,
    NOBODY,
    RINGBACK,
    SIT,
    SPEECH,
    TONE,
    Contents,
)
from models.dataset.store import PACKETS
from models.rules import DEAD_AIR_DBFS, MIN_COVERAGE, SILENCE_CODES

_ORDER: Final = (FAX, SIT, BUSY, RINGBACK, SPEECH, DTMF, MODEM, MUSIC, TONE)  # what a chunk is, when it holds several
_TONES: Final = {FAX, SIT, BUSY, RINGBACK, DTMF}  # known by what they are, however short
_LEAST: Final = {SPEECH: 8, MUSIC: 15, MODEM: 15}  # frames heard; of the others
_LEAST_OTHER: Final = 5
_LEAST_PASSAGE: Final = 5
_LEAST_SILENCE: Final = 10  # frames of a passage in which nobody sounds
_SHORT_LOSS: Final = 5  # packets: a passage goes on across it


@dataclass(frozen=True, slots=True)
class Truth:
    """Label and passages (label, start and duration in seconds)."""

    label: str
    passages: list[tuple[str, float, float]]
    rms_dbfs: float


def truth(contents: Contents, codes: NDArray[np.uint8], packets: NDArray[np.uint8], law: Law) -> Truth | str:
    """Label a chunk.

    Parameters
    ----------
    contents : ndarray of uint8, shape (100,)
        What was put there, frame by frame.
    codes : ndarray of uint8, shape (16000,)
    packets : ndarray of uint8, shape (100,)
    law : {"pcmu", "pcma"}

    Returns
    -------
    Truth or str
        The reason, where the truth is in doubt.
    """
    coded = packets == CODED
    framed = codes.reshape(PACKETS, PACKET)
    pcm = decode(framed, law)
    heard = framed[coded].ravel()
    level = rms_dbfs(pcm[coded].ravel())
    audible = np.array([silence_code_share(frame, law) < SILENCE_CODES for frame in framed])
    label = _label(np.where(coded, contents, NOBODY), coded & audible, packets, heard, level, law)
    if label is None:
        return "edge of a sound"
    return Truth(label, _passages(contents, audible, pcm, framed, packets, law), round(level, 2))


def _label(
    contents: Contents,
    heard: NDArray[np.bool_],
    packets: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    level: float,
    law: Law,
) -> str | None:
    found = {c for c in _ORDER if np.count_nonzero(heard & (contents == c)) >= _LEAST.get(c, _LEAST_OTHER)}
    came = float(np.mean(packets != 0))
    silence = _silence(came, float(np.mean(packets == COMFORT_NOISE)), silence_code_share(codes, law))
    named = [c for c in _ORDER if c in found and c in _TONES]
    # a few keys in comfort noise are told by their passages
    if named and came >= MIN_COVERAGE and not (named[0] == DTMF and silence == "comfort_noise"):
        return "speech" if named[0] == DTMF and SPEECH in found else CONTENTS[named[0]]
    if silence is not None:
        return silence
    sounding = next((c for c in _ORDER if c in found), None)
    if sounding is not None:
        return "noise" if sounding == TONE else CONTENTS[sounding]
    return None if np.any(contents != NOBODY) else _quiet(level)


def _silence(came: float, noise: float, silent: float) -> str | None:
    if came == 0.0:
        return "no_media"
    if noise > 0.5 * came:
        return "comfort_noise"
    if came < MIN_COVERAGE:
        return "undecided"
    return "digital_silence" if silent >= SILENCE_CODES else None


def _quiet(level: float) -> str:
    return "dead_air" if level < DEAD_AIR_DBFS else "noise"


def _passages(
    contents: Contents,
    audible: NDArray[np.bool_],
    pcm: NDArray[np.int16],
    codes: NDArray[np.uint8],
    packets: NDArray[np.uint8],
    law: Law,
) -> list[tuple[str, float, float]]:
    """Runs of one content, each named by what its codes say; short ones and doubtful ones left out."""
    told = np.where(packets == COMFORT_NOISE, len(CONTENTS), contents.astype(np.int64))
    told = np.where(packets == 0, -1, told)
    told = _across_losses(told)
    edges = np.flatnonzero(np.diff(told, prepend=-2, append=-2))
    found: list[tuple[str, float, float]] = []
    for begin, end in pairwise(edges.tolist()):
        content = int(told[begin])
        if content in (-1, DOUBT):
            continue
        here = slice(begin, end)
        coded = packets[here] == CODED
        label = _name(content, audible[here] & coded, pcm[here][coded], codes[here][coded], law)
        least = _LEAST_PASSAGE if label in CONTENTS else _LEAST_SILENCE
        if label is not None and end - begin >= least:
            found.append((label, round(begin * 0.02, 2), round((end - begin) * 0.02, 2)))
    return _joined(found)


def _joined(passages: list[tuple[str, float, float]]) -> list[tuple[str, float, float]]:
    """One passage where two of a label touch: words too faint to be coded, and the silence before them."""
    out: list[tuple[str, float, float]] = []
    for label, start, duration in passages:
        if out and out[-1][0] == label and start - (out[-1][1] + out[-1][2]) < 0.01:
            out[-1] = (label, out[-1][1], round(out[-1][2] + duration, 2))
        else:
            out.append((label, start, duration))
    return out


def _name(
    content: int, audible: NDArray[np.bool_], pcm: NDArray[np.int16], codes: NDArray[np.uint8], law: Law
) -> str | None:
    if content == len(CONTENTS):
        return "comfort_noise"
    if codes.size and silence_code_share(codes, law) >= SILENCE_CODES:
        return "digital_silence"
    if content == NOBODY:
        return _quiet(rms_dbfs(pcm.ravel()))
    if np.count_nonzero(audible) < min(_LEAST_PASSAGE, audible.size):
        return None
    return "noise" if content == TONE else CONTENTS[content]


def _across_losses(told: NDArray[np.int64]) -> NDArray[np.int64]:
    """A few lost packets within one content don't part it."""
    out = told.copy()
    edges = np.flatnonzero(np.diff(told, prepend=-2, append=-2))
    for begin, end in pairwise(edges.tolist()):
        within = begin > 0 and end < told.size and told[begin - 1] == told[end]
        if told[begin] == -1 and within and end - begin <= _SHORT_LOSS:
            out[begin:end] = told[end]
    return out
