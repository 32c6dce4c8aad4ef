"""Every tone of one chunk of a stream, DTMF too, without memory.

What the call for the chunk before knew of a tone is worked out again from the lead-in.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.dtmf import DtmfDetector
from features.dtmf.keys import BLOCK
from features.samples import SAMPLE_RATE, check_samples
from features.tone import Tone
from features.tones.detector import ToneDetector
from features.tones.frames import HOP


def detect_tones(
    pcm: NDArray[np.int16], lead_in: int, *, received: NDArray[np.bool_] | None = None, dbm0_offset: float = 6.22
) -> list[Tone]:
    """Find the tones of one chunk.

    The function has no memory. A tone is new in the chunk in which it became known (`Tone.known_s`), which at most the
    1,024 samples before that moment decide: the call for the next chunk finds in its lead-in that it was known before
    and says ``continued``. Its *name* follows from all that this chunk and its lead-in show of it. Where they show
    only its beginning or end, it is given the benefit of the doubt: a burst of CNG, of an answer tone or of a pair of
    supervisory tones may be shorter than it has to be when heard whole; a beep must be heard whole; one burst of one
    supervisory frequency is a "tone" unless it is as long as only ring-back and dial tone are.

    A tone other than DTMF that is interrupted in the lead-in, by lost samples or for up to 96 ms, and then goes on may
    be new in both chunks: what the lead-in shows of it is too little to be known.

    Parameters
    ----------
    pcm
        Shape (lead_in + n,), int16, 8 kHz: a chunk (16,000 samples, or fewer) after the `lead_in` samples before it.
    lead_in
        0 where nothing came before, else 1,024. Other lengths are taken, but only with at least 1,024 is a long tone's
        ``continued`` certain.
    received
        Shape (lead_in + n,), which samples came; None: all. A tone broken by lost samples is one tone in a chunk.
    dbm0_offset
        dBm0 minus dBFS, dB: 6.22 for mu-law, 6.15 for A-law (G.711).

    Returns
    -------
    list[Tone]
        In order of start. Times count from the chunk's first sample, negative in the lead-in; what was known and over
        before it is left out.

    Raises
    ------
    ValueError
        If `pcm` is not one-dimensional int16, `received` not as many bool, or `lead_in` is negative or longer than
        `pcm`.
    """
    check_samples(pcm, received)
    if not 0 <= lead_in <= len(pcm):
        raise ValueError(f"lead_in must be between 0 and {len(pcm)}, not {lead_in}")
    found: list[Tone] = []
    for detector, grid in ((DtmfDetector, BLOCK), (ToneDetector, HOP)):
        odd = lead_in % grid  # the chunk begins on the grid, so that the chunk before saw the same blocks
        ears = detector(dbm0_offset=dbm0_offset)
        tones = ears.feed(pcm[odd:], None if received is None else received[odd:])
        tones += ears.finish() if isinstance(ears, ToneDetector) else ears.flush()
        found += _of_the_chunk(tones, (lead_in - odd) / SAMPLE_RATE)
    return sorted(found, key=lambda tone: (tone.start_s, tone.symbol))


def _of_the_chunk(tones: list[Tone], begin_s: float) -> Iterator[Tone]:
    """Yield the tones that reach into a chunk which begins after so many seconds, on its own clock."""
    for tone in tones:
        continued = tone.known_s <= begin_s and begin_s > 0
        if continued and tone.start_s + tone.duration_s <= begin_s:
            continue
        yield replace(tone, start_s=tone.start_s - begin_s, known_s=tone.known_s - begin_s, continued=continued)
