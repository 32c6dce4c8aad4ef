"""The spectrum agent's core: a chunk in, its spectrum and levels out."""

import numpy as np

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
    )


def evidence_of(head: ChunkHead, part: SpectrumPart, tones: list[Tone]) -> Evidence:
    """What the classifier is asked about: a spectrum part and the tones of the same chunk.

    Raises
    ------
    ValueError
        If the bases are not three rows of the part's bins.
    """
    bases = np.frombuffer(part.bases, "<f4").astype(np.float32)
    if len(bases) != 3 * part.bins:
        raise ValueError(f"bases hold {len(bases)} numbers, not three rows of {part.bins}")
    unreadable = "unsupported" in head.encodings and not {"pcmu", "pcma", "l16"} & set(head.encodings)
    return Evidence(
        bases=bases.reshape(3, part.bins),
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
    )
