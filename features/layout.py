"""How a chunk is cut into frames, columns and bands, and which number of a frame stands in which row."""

from typing import Final

from features.spectrum import HOP, N_FFT

CHUNK: Final = 16_000  # samples
FRAME: Final = 160  # samples: 20 ms, the usual packet
FRAMES: Final = CHUNK // FRAME
BINS: Final = N_FFT // 2 + 1
COLUMNS: Final = 1 + (CHUNK - N_FFT) // HOP
BAND_EDGES: Final = (2, 10, 26, 51, 77, 110, 129)  # bins: 62, 312, 812, 1,594, 2,406, 3,437 and 4,031 Hz
BANDS: Final = len(BAND_EDGES) - 1
FLOOR_DB: Final = -90.0  # dBFS: one step of 16 bits

LEVEL, CROSSINGS, BEYOND_8, BEYOND_24, CHANGES = range(5)  # rows of `ChunkFrames.time`
POWER_DB, CENTRE, SPREAD, FLATNESS, ROLLOFF, PEAK_BIN, LINE, LINES, LIKENESS, LATER_LIKENESS, MEAN_LIKENESS = range(11)
"""Rows of `ChunkFrames.spectrum`."""
