"""The spectrum agent's core: a chunk in, its spectrum and levels out."""

import numpy as np
from numpy.typing import NDArray

from features.blocks import BLOCK_NAMES, BLOCKS
from features.sound import SOUND_NAMES, VERSION
from models.evidence import Evidence, evidence_from_pcm, tone_blocks, tone_shares
from schemas.records import Chunk, ChunkHead, SpectrumPart, Tone
from streams.audio import ChunkAudio, chunk_audio


def spectrum_part(chunk: Chunk, audio: ChunkAudio | None = None) -> SpectrumPart:
    """Spectrum and levels of a chunk; a chunk that can't be measured gives a part with its ``error``.

    ``audio`` is the chunk decoded, where the caller has it already.
    """
    try:
        audio = audio or chunk_audio(chunk)
        evidence = evidence_from_pcm(
            audio.pcm[audio.lead_in :],
            audio.codes,
            audio.law,
            received=audio.received[audio.lead_in :],
            comfort_noise_share=audio.comfort_noise_share,
        )
    except (ValueError, ArithmeticError) as error:
        return SpectrumPart(error=f"{type(error).__name__}: {error}"[:200])
    return SpectrumPart(
        bins=evidence.bases.shape[1],
        bases=evidence.bases.astype("<f4").tobytes(),
        singular_values=[float(value) for value in evidence.singular_values],
        rms_dbfs=evidence.rms_dbfs,
        peak_dbfs=evidence.peak_dbfs,
        loudest_frame_dbfs=evidence.loudest_frame_dbfs,
        quietest_frame_dbfs=evidence.quietest_frame_dbfs,
        silence_code_share=evidence.silence_code_share,
        comfort_noise_share=evidence.comfort_noise_share,
        features_version=VERSION,
        sound=evidence.sound.astype("<f4").tobytes(),
        blocks=evidence.blocks.astype("<f4").tobytes(),
    )


def evidence_of(head: ChunkHead, part: SpectrumPart, tones: list[Tone]) -> Evidence:
    """What the classifier is asked about: a spectrum part and the tones of the same chunk.

    Raises
    ------
    ValueError
        If the part's numbers are of another version, or not as many as there must be.
    """
    if part.features_version != VERSION:
        raise ValueError(f"features are of version {part.features_version}, not {VERSION}")
    bases = _numbers(part.bases, 3, part.bins, "bases")
    sound = _numbers(part.sound, 1, len(SOUND_NAMES), "sound")[0]
    blocks = _numbers(part.blocks, BLOCKS, len(BLOCK_NAMES), "blocks")
    unreadable = "unsupported" in head.encodings and not {"pcmu", "pcma", "l16"} & set(head.encodings)
    return Evidence(
        bases=bases,
        singular_values=np.array(part.singular_values, np.float32),
        rms_dbfs=part.rms_dbfs,
        peak_dbfs=part.peak_dbfs,
        loudest_frame_dbfs=part.loudest_frame_dbfs,
        quietest_frame_dbfs=part.quietest_frame_dbfs,
        silence_code_share=part.silence_code_share,
        comfort_noise_share=part.comfort_noise_share,
        coverage=part.comfort_noise_share if unreadable else head.coverage,
        tone_shares=tone_shares(tones),
        tone_blocks=tone_blocks(tones),
        sound=sound,
        blocks=blocks,
    )


def _numbers(packed: bytes, rows: int, columns: int, name: str) -> NDArray[np.float32]:
    if columns < 0 or len(packed) != 4 * rows * columns:
        raise ValueError(f"{name}: {len(packed)} bytes are not {rows} rows of {columns} numbers")
    return np.frombuffer(packed, "<f4").astype(np.float32).reshape(rows, columns)
