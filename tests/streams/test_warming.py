"""After the warm-up no chunk waits for a compiler, whatever it holds."""

import subprocess
import sys

import pytest

MEASURE = """
import time
import numpy as np
from numba.core.dispatcher import Dispatcher
from models.sounds.noise import noise
from models.sounds.tones import busy, dtmf, ansam, sit, v21_preamble
from streams.roles.analysis import features_of, warm_up
from streams.roles.warming import chunk_of

warm_up()
kernels = {id(each): each for name, module in list(__import__("sys").modules.items()) if name.startswith("features")
           for each in vars(module).values() if isinstance(each, Dispatcher)}.values()
before = {each: len(each.signatures) for each in kernels}
rng = np.random.default_rng(1)
n = 17_024
sounds = [noise(rng, n, level, "pink") for level in (-70.0, -40.0, -10.0)]
sounds += [busy(n, "uk"), np.resize(dtmf("0*", 0.05, 0.05), n), np.resize(sit(), n), ansam(n), v21_preamble(n)]
sounds += [np.zeros(n, np.int16), np.full(n, 32_767, np.int16), (sounds[1] // 2 + sounds[4] // 2).astype(np.int16)]
for sound in sounds:
    for law in ("pcmu", "pcma"):
        for lossy in (False, True):
            features_of(chunk_of(sound, law, lossy=lossy), 0, ("spectrum", "tones"), show_digits=False, clock=time.time)
print(len(before), [each.__name__ for each in kernels if len(each.signatures) != before[each]])
"""


@pytest.mark.slow
def test_the_warm_up_compiles_all_that_chunks_need() -> None:
    said = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
    count, _, late = said.stdout.strip().partition(" ")
    assert int(count) > 20
    assert late == "[]"
