"""Which recordings hold the same speech, so that it isn't enrolled in one and said to be unknown in another."""

import hashlib
from collections.abc import Sequence

from bench.heard.corpora import Recording


def group(recording: Recording) -> str:
    """Name the speech or the track that a recording holds; what has the same name may sound the same.

    Parameters
    ----------
    recording : Recording
        P.808's clips are a few sentences, over and over in other noise and under other names; P.835's hold a pair of
        sentences (``sp0102``) or a talker (``m1``); recordings of calls come as often as a device was recorded.
    """
    stem = recording.path.stem
    if recording.source == "speech_in_noise_p808_en":
        own = "sentences"
    elif recording.source == "speech_in_noise_p835":
        own = _p835(stem)
    elif recording.source in ("speech_calls", "dead_air"):
        return f"device {stem.split('_')[1]}"  # a device's two kinds of recording may hear the same far end
    else:
        own = stem
    return f"{recording.source} {own}"


def enrolled(name: str) -> bool:
    """Whether what bears this name is among the known calls; of all names about half are."""
    return hashlib.sha256(f"enrolled {name}".encode()).digest()[0] % 2 == 0


def one_of_each(recordings: Sequence[Recording]) -> list[Recording]:
    """Keep the first of what sounds the same."""
    first: dict[str, Recording] = {}
    for recording in recordings:
        first.setdefault(group(recording), recording)
    return list(first.values())


def _p835(stem: str) -> str:
    """Part that tells what is said: a pair of sentences, or who speaks."""
    parts = stem.split("_")
    return next((part for part in parts if part[:2] in ("sp", "m1", "m2", "m3", "f1", "f2", "f3")), stem)
