"""Captures and audio files as packets."""

import glob
import struct
from collections.abc import Iterable, Iterator
from math import gcd
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from streams.audio import RATE
from streams.capture import Capture, CaptureError, Packet, read_capture

AUDIO_SUFFIXES: Final = frozenset({".wav", ".flac", ".au", ".snd", ".aiff", ".ogg"})
CAPTURE_SUFFIXES: Final = frozenset({".pcap", ".pcapng", ".cap", ".dmp"})
L16_PAYLOAD_TYPE: Final = 96  # a dynamic payload type, told to the tap as L16 at 8 kHz
FRAME: Final = 160  # samples, 20 ms
MAX_CHANNELS: Final = 16
MAX_RATE: Final = 384_000

_RTP_HEADER: Final = struct.Struct(">BBHII")  # RFC 3550 section 5.1, without CSRCs


class ScanError(Exception):
    """A file that can't be scanned; the message says why."""


def find_files(patterns: Iterable[str]) -> list[Path]:
    """Files named by paths, folders (with all below them that look like captures or audio) and globs.

    Raises
    ------
    ScanError
        If a name stands for nothing.
    """
    found: list[Path] = []
    for pattern in patterns:
        path = Path(pattern)
        if path.is_dir():
            suffixes = AUDIO_SUFFIXES | CAPTURE_SUFFIXES
            matches = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
            if not matches:
                raise ScanError(f"{pattern}: no capture or audio file in this folder")
        elif path.exists():
            matches = [path]
        else:
            matches = sorted(Path(p) for p in glob.glob(pattern, recursive=True))
            if not matches:
                raise ScanError(f"{pattern}: no such file")
        found.extend(p for p in matches if p not in found)
    return found


def open_packets(path: Path) -> Capture | Iterator[Packet]:
    """Packets of a capture, or of an audio file: each channel is a stream of its own, L16 at 8 kHz.

    Raises
    ------
    ScanError
        If the file is empty, can't be read, or is neither.
    """
    try:
        if path.stat().st_size == 0:
            raise ScanError(f"{path}: the file is empty")
        if path.suffix.lower() in AUDIO_SUFFIXES:
            return _audio_packets(path)
        return read_capture(path)
    except OSError as error:
        raise ScanError(f"{path}: {error.strerror or error}") from error
    except CaptureError as error:
        raise ScanError(str(error)) from error


def _audio_packets(path: Path) -> Iterator[Packet]:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.channels > MAX_CHANNELS or file.samplerate > MAX_RATE:
                raise ScanError(
                    f"{path}: {file.channels} channels at {file.samplerate} Hz are more than telephone audio"
                )
            rate = file.samplerate
            samples = file.read(dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ScanError(f"{path}: not readable as audio ({error.error_string})") from error
    if len(samples) == 0:
        raise ScanError(f"{path}: no samples in this file")
    return _rtp(path, [_at_8_khz(channel, rate) for channel in samples.T])


def _at_8_khz(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    if rate == RATE:
        return samples
    divisor = gcd(rate, RATE)
    resampled = resample_poly(samples.astype(np.float64), RATE // divisor, rate // divisor)
    return np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)


def _rtp(path: Path, channels: list[NDArray[np.int16]]) -> Iterator[Packet]:
    coded = [channel.astype(">i2").tobytes() for channel in channels]
    width = 2 * FRAME
    for number in range(-(-len(coded[0]) // width)):
        for channel, data in enumerate(coded):
            payload = data[number * width : (number + 1) * width]
            marker = 0x80 if number == 0 else 0
            header = _RTP_HEADER.pack(
                0x80, marker | L16_PAYLOAD_TYPE, number & 0xFFFF, (number * FRAME) & 0xFFFFFFFF, channel + 1
            )
            yield Packet(
                captured_us=(number + 1) * 20_000,
                source=f"{path}#{channel + 1}",
                destination="scan",
                payload=header + payload,
            )
