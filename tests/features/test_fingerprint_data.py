"""Recorded calls and faxes; needs the recordings at CALLSIEVE_DATA and skips without them."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from features.fingerprint import UNSHIFTED, Fingerprint, fingerprint, postings, probes

RATE = 8000
ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CALLSIEVE_DATA", ROOT / "../shared/data")).resolve()

pytestmark = pytest.mark.slow


def recordings(folder: str, count: int) -> list[NDArray[np.int16]]:
    paths = sorted((DATA / folder).glob("*.flac"))[:count]
    if not paths:
        pytest.skip(f"no recordings in {DATA / folder}: set CALLSIEVE_DATA")
    return [soundfile.read(path, dtype="int16", always_2d=True)[0][:, 0].copy() for path in paths]


def asked_for(enrolled: Fingerprint, heard: Fingerprint, from_frame: float) -> int:
    """How many moments of what was heard lead to where they stand in what was enrolled."""
    rows, asked = postings(enrolled), probes(heard)
    order = np.argsort(rows.keys, kind="stable")
    first, past = (np.searchsorted(rows.keys[order], asked.keys, side) for side in ("left", "right"))
    found = set()
    for i in np.flatnonzero(past > first):
        for row in order[first[i] : past[i]]:
            if abs(rows.frames[row] - asked.frames[i] - from_frame) <= 3 and rows.bins[row] == asked.bins[i]:
                found.add(int(asked.frames[i]))
    return len(found)


def test_fax_calls_leave_next_to_nothing() -> None:
    for pcm in recordings("fax", 12):
        taken = fingerprint(pcm)

        assert len(taken.peaks) / (len(pcm) / RATE) < 1.5
        assert (taken.words[UNSHIFTED] != 0).mean() < 0.05


def test_five_seconds_of_a_call_in_noise_lead_to_their_place() -> None:
    rng = np.random.default_rng(1)
    enough = []
    for pcm in recordings("speech_in_noise_p835", 20):
        part = pcm[: 5 * RATE].astype(np.float64)
        noise = rng.standard_normal(len(part)) * np.sqrt(np.mean(part**2) / 10)  # 10 dB below
        heard = np.clip(np.rint(part + noise), -32768, 32767).astype(np.int16)[64:]

        enough.append(asked_for(fingerprint(pcm), fingerprint(heard), 0.5) >= 4)

    assert np.mean(enough) >= 0.9
