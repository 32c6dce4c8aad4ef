"""A data set of a few chunks for evaluations: dead air, what is like it, and what isn't."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.g711 import decode_pcmu
from features.levels import rms_dbfs
from models.channel.laws import encode
from models.channel.packets import CODED, LOST
from models.dataset.store import PACKETS, SAMPLES, Dataset, Entry, open_dataset
from models.dataset.writing import DatasetWriter

FOLDS = 3


def entry(**fields: object) -> Entry:
    """An entry of which only what matters has to be told."""
    plain = {
        "label": "speech", "kind": "talk", "split": "test", "fold": -1, "set": "simulated", "recording": "a",
        "group": "a", "talker": "", "condition": "clean", "law": "pcmu", "chain": [], "snr_db": None,
        "passages": [], "rms_dbfs": -30.0,
    }  # fmt: skip
    return Entry(**{**plain, **fields})  # type: ignore[arg-type]


def _noise(random: np.random.Generator, level_dbfs: float) -> NDArray[np.float64]:
    return np.asarray(random.standard_normal(SAMPLES) * 32768.0 * 10 ** (level_dbfs / 20.0))


def _sound(kind: str, random: np.random.Generator) -> NDArray[np.float64]:
    if kind == "dead air":
        return _noise(random, random.uniform(-72.0, -60.0))
    if kind == "noise":
        return _noise(random, random.uniform(-50.0, -30.0))
    if kind == "digital silence":
        return np.zeros(SAMPLES)
    at = np.arange(SAMPLES) / 8000.0
    voice = sum(np.sin(2 * np.pi * random.uniform(110, 180) * k * at) / k for k in range(1, 12))
    syllables = np.clip(np.sin(2 * np.pi * random.uniform(3, 5) * at), 0.0, 1.0)
    level = 10 ** (random.uniform(-56, -54) / 20.0) if kind == "faint talk" else 0.05
    return np.asarray(32768.0 * level * voice * syllables)


LABELS = {
    "dead air": "dead_air",
    "noise": "noise",
    "digital silence": "digital_silence",
    "talk": "speech",
    "faint talk": "speech",
    "gone": "no_media",
}


def small_dataset(path: Path, each: int) -> Dataset:
    """So many chunks of each kind in each split; in train they are spread over three folds."""
    with DatasetWriter(path) as writer:
        for split in ("train", "test"):
            for kind, label in LABELS.items():
                for number in range(each):
                    random = np.random.default_rng([number, len(kind), split == "test"])
                    sound = _sound(kind, random) if kind != "gone" else np.zeros(SAMPLES)
                    codes = encode(np.clip(np.rint(sound), -32768, 32767).astype(np.int16), "pcmu")
                    packets = np.full(PACKETS, LOST if kind == "gone" else CODED, dtype=np.uint8)
                    one = entry(
                        label=label,
                        kind=kind,
                        split=split,
                        fold=number % FOLDS if split == "train" else -1,
                        recording=f"{kind} {number}",
                        group=f"{split} {kind} {number}",
                        passages=[(label, 0.0, 2.0)],
                        rms_dbfs=-120.0 if kind == "gone" else rms_dbfs(decode_pcmu(codes)),
                    )
                    writer.add(one, codes, packets)
        writer.finish(builder=0, seed=5, scale=0.0, origins={"simulated": "made for a test"}, rejected={})
    return open_dataset(path)
