"""The tones agent's core: tones heard in a chunk and events told by RFC 4733, one list without doubles."""

from typing import Final

import msgspec

from features.g711 import PCMA_DBM0_OFFSET, PCMU_DBM0_OFFSET
from features.tones import detect_tones
from schemas.records import Chunk, TelephoneEvent, Tone, TonesPart
from streams.audio import RATE, ChunkAudio, chunk_audio

DIGITS: Final = "0123456789*#ABCD"  # by RFC 4733 event code
MASK: Final = "?"
OVERLAP_SLACK_S: Final = 0.1  # a gateway tells an event up to this long before or after the tone it heard


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
        heard = [
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
            for tone in detect_tones(audio.pcm, audio.lead_in, dbm0_offset=offset)
        ]
    except (ValueError, ArithmeticError) as error:
        return TonesPart(error=f"{type(error).__name__}: {error}"[:200])
    told = [_told(event) for event in chunk.events if 0 <= event.event < len(DIGITS)]
    tones = told + [tone for tone in heard if not any(_same_key(tone, event) for event in told)]
    tones.sort(key=lambda tone: tone.start_s)
    if not show_digits:
        tones = [msgspec.structs.replace(t, symbol=MASK) if t.symbol in DIGITS else t for t in tones]
    return TonesPart(tones=tones)


def _told(event: TelephoneEvent) -> Tone:
    return Tone(
        symbol=DIGITS[event.event],
        start_s=event.start / RATE,
        duration_s=event.duration / RATE,
        level_dbm0=-float(event.volume),
        twist_db=0.0,
        frequency_error=0.0,
        snr_db=0.0,
        source="rfc4733",
        continued=event.continued,
        continues=not event.ended,
    )


def _same_key(heard: Tone, told: Tone) -> bool:
    """Whether a tone heard is the key that an event tells: events outrank what is heard."""
    return (
        heard.symbol == told.symbol
        and heard.start_s < told.start_s + told.duration_s + OVERLAP_SLACK_S
        and told.start_s < heard.start_s + heard.duration_s + OVERLAP_SLACK_S
    )
