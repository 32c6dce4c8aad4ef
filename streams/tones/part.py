"""A chunk's part: its tones, or what is wrong with it."""

from typing import Final

import msgspec
from numpy import bool_, int16
from numpy.typing import NDArray

from features.dtmf.keys import BLOCK
from features.g711 import PCMA_DBM0_OFFSET, PCMU_DBM0_OFFSET
from features.tones import detect_tones
from schemas.records import Chunk, Tone, TonesPart
from streams.audio import RATE, ChunkAudio, chunk_audio, known_samples
from streams.rtp.event import KEYS
from streams.tones.merge import APART_S, merged, same
from streams.tones.told import told_tones

MASK: Final = "?"
_KEYS: Final = frozenset(KEYS)


def tones_part(chunk: Chunk, audio: ChunkAudio | None = None, *, show_digits: bool = False) -> TonesPart:
    """Tones of a chunk; a chunk that can't be searched gives a part with its ``error``.

    Parameters
    ----------
    chunk
        The chunk.
    audio
        The same decoded, where the caller has it already.
    show_digits
        Keep digits as they are; otherwise a digit's symbol is ``?``, since digits can be card numbers.
    """
    try:
        audio = audio or chunk_audio(chunk)
        offset = PCMA_DBM0_OFFSET if audio.law == "pcma" else PCMU_DBM0_OFFSET
        known = known_samples(chunk, audio)
        heard = _heard(audio.pcm, known, audio.lead_in, offset)
        told = told_tones(chunk.events)
        near = any(not event.continued and event.start_s < APART_S for event in told)
        listed = _listed(audio, known, offset, heard) if near else []
    except (ValueError, ArithmeticError) as error:
        return TonesPart(error=f"{type(error).__name__}: {error}"[:200])
    tones = merged(told, heard, listed)
    if not show_digits:
        tones = [msgspec.structs.replace(tone, symbol=MASK) if tone.symbol in _KEYS else tone for tone in tones]
    return TonesPart(tones=tones)


def _listed(audio: ChunkAudio, known: NDArray[bool_], dbm0_offset: float, heard: list[Tone]) -> list[Tone]:
    """Tones that the chunk before listed, as far as they lie in the lead-in: those that it knew at its end."""
    lead_in = slice(audio.lead_in % BLOCK, audio.lead_in)  # its blocks lie as they did for the chunk before
    pcm, known = audio.pcm[lead_in], known[lead_in]
    lead_in_s = len(pcm) / RATE
    inside = [
        msgspec.structs.replace(tone, start_s=tone.start_s - lead_in_s) for tone in _heard(pcm, known, 0, dbm0_offset)
    ]
    return inside + [tone for tone in heard if tone.continued and not any(same(tone, each) for each in inside)]


def _heard(pcm: NDArray[int16], known: NDArray[bool_], lead_in: int, dbm0_offset: float) -> list[Tone]:
    return [
        Tone(
            symbol=tone.symbol,
            start_s=tone.start_s,
            duration_s=tone.duration_s,
            level_dbm0=tone.level_dbm0,
            twist_db=tone.twist_db,
            frequency_error=tone.frequency_error,
            snr_db=tone.snr_db,
            source="inband",
            continued=tone.continued,
            continues=tone.continues,
        )
        for tone in detect_tones(pcm, lead_in, received=known, dbm0_offset=dbm0_offset)
    ]
