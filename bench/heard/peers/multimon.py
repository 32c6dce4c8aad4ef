"""multimon-ng's DTMF receiver, as a child process that reads samples and prints digits.

It tells no times. So a mark is played between the pieces of a stream, digits of its own making that nothing else
sends in this order, and what is printed between two marks was heard in the piece between them.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from bench.heard.receiver import Heard, Missing, Pcm
from bench.result import BenchError
from models.sounds.scale import to_int16

PROGRAM: Final = "multimon-ng"
RATE: Final = 22_050  # Hz, what it wants
MARK: Final = "D#D#"
BATCH: Final = 60 * 8000  # samples handed over at a time: what bounds the memory
PATIENCE_S: Final = 600.0  # for one stream
_UP, _DOWN = 441, 160  # 22,050 / 8,000
_ROW, _COLUMN, _OTHER_ROW = 941.0, 1633.0, 1477.0  # Hz: D is 941 + 1633, # is 941 + 1477
_LINE: Final = re.compile(rb"^DTMF: ([0-9A-D*#])$")


class Multimon:
    """multimon-ng with its own settings."""

    name = "multimon-ng"

    def __init__(self) -> None:
        found = shutil.which(PROGRAM)
        if found is None:
            raise Missing(f"{PROGRAM} is not installed: apt-get install multimon-ng")
        self._program = found
        self.about = f"{_version(found)}, its DTMF receiver on samples brought to 22,050 Hz"
        self._mark = _mark().tobytes()

    def hear(self, pieces: Sequence[Pcm], received: Sequence[NDArray[np.bool_]] | None = None) -> list[list[Heard]]:
        """Listen; see `bench.heard.receiver.Receiver`.

        Raises
        ------
        BenchError
            If the program fails or takes too long, or a mark was not heard.
        """
        data = b"".join(self._stream(pieces))
        try:
            ran = subprocess.run(
                [self._program, "-q", "-n", "-t", "raw", "-a", "DTMF", "-"],
                input=data,
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"{PROGRAM} took more than {PATIENCE_S:g} s for one stream") from error
        if ran.returncode:
            raise BenchError(
                f"{PROGRAM} ended with status {ran.returncode}: {ran.stderr[-300:].decode(errors='replace')}"
            )
        parts = digits_of(ran.stdout).split(MARK)
        if len(parts) != len(pieces) + 1:
            raise BenchError(f"{PROGRAM} was to hear {len(pieces)} marks and heard {len(parts) - 1}")
        return [[Heard(digit, float("nan")) for digit in part] for part in parts[:-1]]

    def _stream(self, pieces: Sequence[Pcm]) -> Iterator[bytes]:
        """Pieces at its rate, a mark after each; pieces are converted in batches so that their edges stay whole."""
        batch: list[Pcm] = []
        for piece in pieces:
            batch.append(piece)
            if sum(each.size for each in batch) >= BATCH:
                yield from self._marked(batch)
                batch = []
        yield from self._marked(batch)

    def _marked(self, batch: list[Pcm]) -> Iterator[bytes]:
        if not batch:
            return
        moved = resample_poly(np.concatenate(batch).astype(np.float32), _UP, _DOWN)
        whole = to_int16(np.asarray(moved, dtype=np.float64))
        ends = np.cumsum([piece.size for piece in batch]) * _UP // _DOWN
        for begin, end in zip([0, *ends[:-1]], ends, strict=True):
            yield whole[begin:end].tobytes()
            yield self._mark


def digits_of(printed: bytes) -> str:
    """Digits in what the program printed, in order; other lines are passed over."""
    found = (_LINE.match(line.strip()) for line in printed.splitlines())
    return "".join(match.group(1).decode("ascii") for match in found if match)


def _mark() -> Pcm:
    """D and # in turns, 60 ms each, with 60 ms before, between and after them."""
    time = np.arange(round(0.06 * RATE)) / RATE
    pause = np.zeros(time.size)
    low = np.sin(2 * np.pi * _ROW * time)
    sounds = [low + np.sin(2 * np.pi * (_COLUMN if key == "D" else _OTHER_ROW) * time) for key in MARK]
    return to_int16(6000.0 * np.concatenate([pause, *(part for sound in sounds for part in (sound, pause))]))


def _version(program: str) -> str:
    """Name and version, from the first line of its help."""
    said = subprocess.run([program, "-h"], capture_output=True, timeout=20, check=False)
    lines = (said.stderr or said.stdout).decode(errors="replace").splitlines()
    return lines[0].strip() if lines else PROGRAM
