"""A chunk's numbers are the same in a process that compiles the kernels and in one that reads them from the cache."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = """
import hashlib
import numpy as np
from features.blocks import describe_blocks
from features.frames import chunk_frames
from features.sound import describe
from features.spectrum import stft_magnitude
from features.voicing import voicing

random = np.random.default_rng(1)
digest = hashlib.sha256()
for level in np.linspace(-4, -0.5, 20):
    samples = (random.standard_normal(16_000) * 10.0**level).astype(np.float32)
    frames = chunk_frames(samples, np.ones(16_000, np.bool_), stft_magnitude(samples))
    strength, pitch_hz = voicing(frames.samples)
    blocks = describe_blocks(frames, strength)
    for part in (frames.time, frames.moments, frames.spectrum, blocks, describe(frames, strength, pitch_hz, blocks)):
        digest.update(part.tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_numbers_do_not_depend_on_whether_the_code_was_compiled_or_read_from_the_cache(tmp_path: Path) -> None:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    told = [
        subprocess.run(
            [sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True, env=environment
        ).stdout
        for _ in range(2)
    ]
    assert told[0] == told[1]
