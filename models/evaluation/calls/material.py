"""Sounds for whole calls: chunks of one side of the data set, one after another, and tones that go on."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law, encode_pcma, encode_pcmu
from models.channel.packets import CODED, PACKET
from models.dataset.store import Dataset, Entry
from models.errors import ModelError
from models.sounds import tones
from models.sounds.noise import noise

FAINT_DBFS: Final = -50.0  # speech below is faint
LABELS: Final = ("speech", "dead_air", "digital_silence", "noise", "music_or_hold", "modem")
_RATE: Final = 8000


@dataclass(frozen=True, slots=True)
class Sound:
    """Coded sound, by packets of 20 ms.

    Attributes
    ----------
    codes : ndarray of uint8, shape (n, 160)
    packets : ndarray of uint8, shape (n,)
        What came of each: lost, coded, comfort noise.
    sources : tuple of str
        Groups of the data set that it is taken from.
    """

    codes: NDArray[np.uint8]
    packets: NDArray[np.uint8]
    sources: tuple[str, ...]


class Material:
    """Chunks of a data set, drawn by what they hold.

    Parameters
    ----------
    dataset : Dataset
    keep : callable
        Which entries may be used: one side of the split.

    Raises
    ------
    ModelError
        When a label has no chunk at all.
    """

    def __init__(self, dataset: Dataset, keep: Callable[[Entry], bool]) -> None:
        self._dataset = dataset
        self._pools: dict[tuple[str, Law], dict[str, list[list[int]]]] = {}
        runs: dict[tuple[str, Law, str, str, str], list[int]] = defaultdict(list)
        for number, entry in enumerate(dataset.entries):
            if keep(entry) and (name := _name(entry)):
                runs[name, entry.law, entry.group, entry.recording, entry.condition].append(number)
        for (name, law, group, _, _), numbers in sorted(runs.items()):
            self._pools.setdefault((name, law), {}).setdefault(group, []).append(numbers)
        missing = [name for name in LABELS if not any(key[0] == name for key in self._pools)]
        if missing:
            raise ModelError(f"the data set has no chunk of {', '.join(missing)} to make calls of")

    def sources(self, sound: str) -> int:
        """How many groups a sound is drawn from."""
        return len({group for (name, _), groups in self._pools.items() if name == sound for group in groups})

    def sound(self, rng: np.random.Generator, name: str, seconds: float, law: Law) -> Sound:
        """So much of a sound.

        Parameters
        ----------
        rng : numpy.random.Generator
        name : str
            One of `LABELS`, ``faint_speech``, or a tone: ``ringback``, ``busy``, ``cng``, ``dtmf``.
        seconds : float
            Rounded to packets.
        law : {"pcmu", "pcma"}

        Returns
        -------
        Sound
            From one group as long as it has enough: one talker, one line, one condition.
        """
        count = round(seconds * _RATE / PACKET)
        if name in _TONES:
            pcm = _TONES[name](rng, count * PACKET)
            room = noise(rng, pcm.size, float(rng.uniform(-85.0, -66.0)), "pink") if rng.random() < 0.5 else 0
            coded = _coded(np.clip(pcm.astype(np.int32) + room, -32768, 32767).astype(np.int16), law)
            return Sound(coded, np.full(count, CODED, np.uint8), ("simulated tones",))
        return self._drawn(rng, name, count, law)

    def _drawn(self, rng: np.random.Generator, name: str, count: int, law: Law) -> Sound:
        pool = self._pools.get((name, law)) or self._pools.get(("speech", law), {})
        groups = sorted(pool)
        codes: list[NDArray[np.uint8]] = []
        packets: list[NDArray[np.uint8]] = []
        sources: list[str] = []
        have = 0
        while have < count:
            group = groups[int(rng.integers(len(groups)))]
            runs = pool[group]
            run = runs[int(rng.integers(len(runs)))]
            if group not in sources:
                sources.append(group)
            for number in run:
                codes.append(np.asarray(self._dataset.codes[number]).reshape(-1, PACKET))
                packets.append(np.asarray(self._dataset.packets[number]))
                have += len(packets[-1])
                if have >= count:
                    break
        return Sound(np.concatenate(codes)[:count], np.concatenate(packets)[:count], tuple(sources))


def joined(sounds: Iterable[Sound]) -> Sound:
    """One sound after the other; what comes first is received, so that the call begins with it."""
    found = list(sounds)
    packets = np.concatenate([one.packets for one in found])
    packets[:1] = CODED
    sources = tuple(dict.fromkeys(source for one in found for source in one.sources))
    return Sound(np.concatenate([one.codes for one in found]), packets, sources)


def _name(entry: Entry) -> str:
    """What an entry serves as; empty where it is mixed, or of no use here."""
    if entry.label not in LABELS or len({label for label, _, _ in entry.passages}) > 1:
        return ""
    if entry.label == "speech" and entry.rms_dbfs < FAINT_DBFS:
        return "faint_speech"
    return entry.label


def _coded(pcm: NDArray[np.int16], law: Law) -> NDArray[np.uint8]:
    return (encode_pcmu(pcm) if law == "pcmu" else encode_pcma(pcm)).reshape(-1, PACKET)


def _ringback(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    return tones.ringback(n, str(rng.choice(tones.COUNTRIES)), offset_s=float(rng.uniform(0.0, 1.0)))


def _busy(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    return tones.busy(n, str(rng.choice(tones.COUNTRIES)), offset_s=float(rng.uniform(0.0, 1.0)))


def _cng(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    return tones.cng(n, offset_s=float(rng.uniform(0.0, 0.5)))


def _dtmf(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    """Digits by somebody who dials, a second or less apart."""
    parts: list[NDArray[np.int16]] = []
    while sum(part.size for part in parts) < n:
        digit = "0123456789*#"[int(rng.integers(12))]
        parts.append(tones.dtmf(digit, float(rng.uniform(0.08, 0.2)), float(rng.uniform(0.1, 0.8))))
    return np.concatenate(parts)[:n]


_TONES: Final[dict[str, Callable[[np.random.Generator, int], NDArray[np.int16]]]] = {
    "ringback": _ringback,
    "busy": _busy,
    "cng": _cng,
    "dtmf": _dtmf,
}
