"""The sixteen keys and their frequencies (ITU-T Q.23), and the grid that the detector's decisions lie on."""

from typing import Final

KEYS: Final = "123A456B789C*0#D"  # row by row
ROWS: Final = (697.0, 770.0, 852.0, 941.0)  # Hz
COLUMNS: Final = (1209.0, 1336.0, 1477.0, 1633.0)
FREQUENCIES: Final = ROWS + COLUMNS

SAMPLE_RATE: Final = 8000
BLOCK: Final = 40  # samples, 5 ms: divides a chunk (16,000); short beside 40 ms, long beside a period of 697 Hz
REACH: Final = 25  # blocks, 1,000 samples: no decision looks further back, so that a chunk's lead-in shows it all
