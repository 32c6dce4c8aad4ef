"""One chunk of training or evaluation: a sound, coded as a call would carry it, its evidence and its truth."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import PCMA_DBM0_OFFSET, PCMU_DBM0_OFFSET, Law
from features.tones import detect_tones
from models.channel.laws import decode, encode
from models.evidence import CHUNK_SAMPLES, Evidence, evidence_from_pcm
from models.rules import DEAD_AIR_DBFS, SILENCE_CODES

PACKET: Final = 160  # samples: 20 ms, the unit of loss
_OFFSET: Final[dict[Law, float]] = {"pcmu": PCMU_DBM0_OFFSET, "pcma": PCMA_DBM0_OFFSET}


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled chunk.

    Attributes
    ----------
    evidence : Evidence
    label : str
        The truth, set after coding: one of `models.classifier.LABELS`.
    source : str
        Set it comes from.
    held_out : bool
        For evaluation only; never trained on.
    """

    evidence: Evidence
    label: str
    source: str
    held_out: bool


def example(
    pcm: NDArray[np.int16], kind: str, source: str, *, held_out: bool, law: Law, lost: NDArray[np.bool_] | None = None
) -> Example:
    """Code a chunk, take its evidence and set its truth by the definitions.

    Parameters
    ----------
    pcm : ndarray of int16, shape (16000,)
        Before coding.
    kind : str
        What sounds: a label, or "nobody" for what is dead air or noise by its level.
    source : str
    held_out : bool
    law : {"pcmu", "pcma"}
    lost : ndarray of bool, shape (16000,), optional
        Samples that don't arrive.

    Returns
    -------
    Example
    """
    codes = encode(pcm, law)
    received = np.ones(pcm.size, dtype=np.bool_) if lost is None else ~lost
    heard = np.where(received, decode(codes, law), 0).astype(np.int16)
    tones = detect_tones(heard, 0, dbm0_offset=_OFFSET[law])
    evidence = evidence_from_pcm(heard, codes[received], law, received=received, tones=tones)
    return Example(evidence, _truth(kind, evidence), source, held_out)


def _truth(kind: str, evidence: Evidence) -> str:
    """Silence and level are judged on what arrives, whatever was meant to be sent."""
    if kind in {"nobody", "speech", "music_or_hold", "digital_silence"}:
        if evidence.silence_code_share >= SILENCE_CODES:
            return "digital_silence"
        if kind in {"nobody", "digital_silence"}:
            return "dead_air" if evidence.rms_dbfs < DEAD_AIR_DBFS else "noise"
    return kind


def packet_loss(rng: np.random.Generator, share: float) -> NDArray[np.bool_]:
    """Mask of a chunk whose packets are lost at random, shape (16000,)."""
    return np.repeat(rng.random(CHUNK_SAMPLES // PACKET) < share, PACKET)
