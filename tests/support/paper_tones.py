"""Tones as the DTMF paper's authors publish them, made here."""

from pathlib import Path

import numpy as np

from models.evaluation.dtmf.material import FREQUENCIES, LABELS, Tones


def tones(sources: int = 2, copies: int = 3, shift: float = 0.0, seed: int = 1, snr_db: float = 25.0) -> Tones:
    """Every key `sources` times, `copies` of each (one clean tone where 0), in white noise, of different lengths."""
    rng = np.random.default_rng(seed)
    wide, pcm, lengths, keys, names = 900, [], [], [], []
    for key in range(16):
        for source in range(sources):
            for _ in range(max(copies, 1)):
                length = int(rng.choice([744, 801, 852]))
                phase = 2 * np.pi * FREQUENCIES[key] * (1 + shift) * np.arange(length)[:, None] / 8000
                tone = np.sin(phase + rng.uniform(0, 2 * np.pi, 2)) @ rng.uniform(5000, 8000, 2)
                tone += rng.normal(0, tone.std() * 10 ** (-snr_db / 20), length)
                pcm.append(np.pad(tone, (0, wide - length)))
                lengths.append(length)
                keys.append(key)
                names.append(f"{LABELS[key]}_{source + 1}")
    number = np.tile(np.arange(1, max(copies, 1) + 1), 16 * sources) * (copies > 0)
    return Tones(np.array(pcm).astype(np.int16), np.array(lengths), np.array(keys), np.array(names), number)


def save(path: Path, made: Tones) -> None:
    """Write tones as the authors' files have them."""
    names = [f"{s}_{c}" if c else str(s) for s, c in zip(made.sources, made.copies, strict=True)]
    labels = np.array([LABELS[key] for key in made.keys])
    np.savez(path, pcm=made.pcm, label=labels, name=np.array(names), length=made.lengths)
