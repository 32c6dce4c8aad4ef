"""Fits what `features.matching` knows of chance and of replays, from the half of the material that tunes.

``python -m bench.replay_calibration [--data FOLDER] [--queries N]`` prints the constants of `features.matching.chance`
(place and scale of the greatest evidence among a query's candidates when it is in no call) and, with ``--weights``,
those of `features.matching.agreement` (how much likelier so many equal bits are in replays than by chance).
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from bench.heard.corpora import Places
from bench.replay.corpus import Corpus, corpus
from bench.replay.distortions import DISTORTIONS
from bench.replay.queries import Query, negatives, positives
from features.fingerprint import HOP, RATE, STORED_STEP, UNSHIFTED, Fingerprint, fingerprint, postings, probes
from features.matching.agreement import LEAST_SHARED, Agreement, verify
from features.matching.hits import hits
from features.matching.lines import Line, candidates
from features.matching.memory import MemoryIndex

LENGTHS_S: Final = (2.0, 3.0, 5.0, 8.0)
QUERIES: Final = 1500
TAIL: Final = 0.05  # of the queries of a length: those whose evidence says how the tail falls
EACH: Final = 6  # queries of each noisy distortion
UNTOUCHED: Final = 0.6  # of the words: in the others noise decides
NOISY: Final = ("noise", "double talk", "room", "codec", "combined")
_LIMITS: Final = (-0.89, 5.0)  # of a word's weight: neither a lost moment nor a copied one settles it


def enrolled(calls: Corpus) -> MemoryIndex:
    """Enrol the known calls."""
    index = MemoryIndex()
    for number, call in enumerate(calls.enrolled):
        taken = fingerprint(call.pcm)
        index.add(number, postings(taken), taken.words[UNSHIFTED, ::STORED_STEP])
    return index


def best(index: MemoryIndex, heard: Fingerprint) -> Agreement | None:
    """Find the candidate with most evidence that is long enough to count."""
    asked = probes(heard)
    lines = candidates(hits(*index.rows(asked.keys), asked))
    found = [verify(heard.words, index.words(line.call), line) for line in lines]
    return max((one for one in found if one.shared >= LEAST_SHARED), key=lambda one: one.evidence, default=None)


def tail(index: MemoryIndex, queries: Iterator[Query]) -> tuple[float, float, float]:
    """Measure the tail of one length: words asked (median frames), its begin, and by how much it is exceeded."""
    evidence, asked = [], []
    for query in queries:
        heard = fingerprint(query.pcm, query.received)
        found = best(index, heard)
        evidence.append(found.evidence if found is not None else 0.0)
        asked.append(np.count_nonzero(heard.words[UNSHIFTED]))
    begin = float(np.quantile(evidence, 1.0 - TAIL))
    over = np.array(evidence)[np.array(evidence) > begin] - begin
    print(
        f"  {len(evidence)} queries: most {np.round(np.sort(evidence)[::-1][:5], 1)}, 95 % below {begin:.1f}, "
        f"over by {over.mean():.1f}"
    )
    return float(np.median(asked)), begin, float(over.mean())


def place_and_scale(measured: NDArray[np.float64]) -> tuple[float, float, float]:
    """Fit one place, and scale = a + b ln(frames asked / 100), to tails of several lengths."""
    longer, scale = np.polyfit(np.log(measured[:, 0] / 100.0), measured[:, 2], 1)
    scales = scale + longer * np.log(measured[:, 0] / 100.0)
    return float(np.mean(measured[:, 1] + scales * np.log(TAIL))), float(scale), float(longer)


def weights(calls: Corpus, index: MemoryIndex) -> NDArray[np.float64]:
    """Compare how many bits are equal along true lines of noisy queries with how many are by chance."""
    same, chance = np.zeros(33), np.zeros(33)
    rng = np.random.default_rng(calls.seed)
    for distortion in DISTORTIONS:
        if distortion.kind not in NOISY or not distortion.straight:
            continue
        for query in positives(calls, distortion, 5.0, EACH):
            heard = fingerprint(query.pcm, query.received)
            middle = query.pcm.size / HOP / 2
            frame = query.start_s * RATE / HOP + query.tempo * middle
            line = Line(query.call or 0, 9.0, middle, frame, query.tempo, -48 * np.log2(query.pitch), 80.0, 30)
            same += _equal_bits(heard, index, line)
            other = int(rng.integers(len(calls.enrolled)))
            chance += _equal_bits(heard, index, Line(other, 9.0, middle, middle + 50, 1.0, 0.0, 80.0, 30))
    bits = np.arange(33)
    spread = float(np.sqrt(np.average((bits - 16.0) ** 2, weights=chance)))
    expected = norm.pdf(bits, 16.0, spread)
    expected /= expected.sum()
    found = UNTOUCHED * same / same.sum() + (1.0 - UNTOUCHED) * expected
    return np.asarray(np.clip(np.log(found / expected), *_LIMITS), np.float64)


def _equal_bits(heard: Fingerprint, index: MemoryIndex, line: Line) -> NDArray[np.int64]:
    """Histogram of equal bits a word, along the best line near this one."""
    reference = index.words(line.call)
    told = verify(heard.words, reference, line)
    row = UNSHIFTED + round(36 * np.log2(told.pitch))
    at = np.floor((STORED_STEP * np.arange(len(reference)) - told.offset) / told.slope + 0.5).astype(np.int64)
    inside = (at >= 0) & (at < heard.frames)
    words, others = heard.words[row, at[inside]], reference[inside]
    both = (words != 0) & (others != 0)
    return np.bincount(32 - np.bitwise_count(words[both] ^ others[both]), minlength=33)


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="one's own recordings (CALLSIEVE_DATA)")
    parser.add_argument("--queries", type=int, default=QUERIES, help="of each length")
    parser.add_argument("--weights", action="store_true", help="fit the words' weights too")
    chosen = parser.parse_args()
    calls = corpus("tune", Places(data=chosen.data))
    index = enrolled(calls)
    if chosen.weights:
        print("weights:", ", ".join(f"{weight:.2f}" for weight in weights(calls, index)))
    measured = np.array([tail(index, negatives(calls, length, chosen.queries)) for length in LENGTHS_S])
    place, scale, longer = place_and_scale(measured)
    print(f"place {place:.1f}, scale {scale:.1f} + {longer:.1f} ln(frames / 100)")


if __name__ == "__main__":
    main()
