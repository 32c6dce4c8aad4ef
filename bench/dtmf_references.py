"""Makes the reference rows of the DTMF detector anew, from the tuning half of the material alone.

``python -m bench.dtmf_references [--data FOLDER]`` writes features/dtmf/references.npy; the same material and libraries
give the same rows. It lives here because the division into halves does; what it calls is `models.dtmf`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.heard.corpora import Places, find, heard
from bench.heard.halves import FIRST_REPORTED_SEED
from bench.heard.speeds import at_speed
from models.dtmf.presses import CONDITIONS, dial, mistaken
from models.dtmf.references import Examples, choose, examples_of_keys, examples_of_others, join, losing

OUT: Final = Path(__file__).parents[1] / "features" / "dtmf" / "references.npy"
ROWS: Final = 1500  # of keys and of others, for each kind of window
STREAMS: Final = 20  # of each condition
HOLED_STREAMS: Final = 12
PRESSES: Final = 20  # in a stream
MISTAKEN: Final = 20  # streams
KINDS: Final = ("speech", "music", "noise")
POOL: Final = 8000 * 60 * 40  # samples of speech that presses are mixed with
PART: Final = 8000 * 120

# Other speeds are other talkers and other keys of music.
SPEEDS: Final = (0.72, 0.76, 0.8, 0.84, 0.88, 0.9, 0.93, 0.96, 1.0, 1.03, 1.06, 1.1, 1.13, 1.16, 1.2, 1.25, 1.3, 1.36)
MUSIC_SPEEDS: Final = (0.76, 0.8, 0.9, 0.96, 1.0, 1.06, 1.1, 1.16, 1.2, 1.25, 1.3)
HOLED_SPEEDS: Final = (0.8, 1.0, 1.2)


def keys(pool: NDArray[np.int16]) -> Iterator[Examples]:
    """Yield windows of presses under every condition, with and without lost packets."""
    for place, condition in enumerate(CONDITIONS):
        for stream in range(STREAMS + HOLED_STREAMS):
            rng = np.random.default_rng([stream, place])
            start = int(rng.integers(0, max(len(pool) - PART, 1)))
            dialled = dial(rng, condition, PRESSES, pool[start : start + PART])
            received = losing(rng, len(dialled.pcm)) if stream >= STREAMS else None
            yield examples_of_keys(place, dialled, received)


def others(places: Places) -> Iterator[Examples]:
    """Yield windows of speech, music and noise, and of several tones at once, that pass the gates."""
    for stream in range(MISTAKEN):
        yield examples_of_others(len(KINDS), mistaken(np.random.default_rng([stream, len(CONDITIONS)]), PRESSES))
    for recording, pcm in heard(find(places, "tune")):
        source = KINDS.index(recording.kind)
        for speed in MUSIC_SPEEDS if recording.kind == "music" else SPEEDS:
            moved = at_speed(pcm, speed)
            yield examples_of_others(source, moved)
            if speed in HOLED_SPEEDS:
                yield examples_of_others(source, moved, losing(np.random.default_rng(len(moved)), len(moved)))


def _pool(places: Places) -> NDArray[np.int16]:
    """Join tuning speech, a stride of its recordings, until there is enough to mix presses with."""
    recordings = find(places, "tune", ("speech",))
    np.random.default_rng(0).shuffle(recordings)
    parts: list[NDArray[np.int16]] = []
    for _, pcm in heard(recordings):
        parts.append(pcm)
        if sum(part.size for part in parts) >= POOL:
            break
    return np.concatenate(parts)


def main() -> None:
    """Make the rows and write them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="one's own recordings (CALLSIEVE_DATA)")
    places = Places(data=parser.parse_args().data)
    rows = choose(
        np.random.default_rng(FIRST_REPORTED_SEED - 1), join(list(keys(_pool(places)))), join(list(others(places))),
        each=ROWS,
    )  # fmt: skip
    np.save(OUT, rows, allow_pickle=False)
    print(f"{OUT}: {len(rows)} rows")


if __name__ == "__main__":
    main()
