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


def find_files(patterns: Iterable[str]) -> tuple[list[Path], list[ScanError]]:
    """Files named by paths, folders (with all below them that look like captures or audio) and globs.

    Returns
    -------
    files : list of Path
        Each once, in the order of the patterns, those of a folder or glob sorted.
    errors : list of ScanError
        One for each pattern that stands for nothing.
    """
    found: dict[Path, None] = {}
    errors: list[ScanError] = []
    for pattern in patterns:
        path = Path(pattern)
        if path.is_file():
            matches = [path]
        elif path.is_dir():
            matches = _in_folder(path)
            if not matches:
                errors.append(ScanError(f"{pattern}: no capture or audio file in this folder"))
        else:
            named = [Path(name) for name in glob.glob(pattern, recursive=True)]
            matches = sorted(each for each in named if not each.is_dir())
            if not matches:
                errors.append(ScanError(f"{pattern}: no such file"))
        found |= dict.fromkeys(matches)
    return list(found), errors


def _in_folder(folder: Path) -> list[Path]:
    suffixes = AUDIO_SUFFIXES | CAPTURE_SUFFIXES
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())


def is_audio(path: Path) -> bool:
    """Whether a file is taken for audio, by its name; all others are taken for captures."""
    return path.suffix.lower() in AUDIO_SUFFIXES


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
        return _audio_packets(path) if is_audio(path) else read_capture(path)
    except OSError as error:
        raise ScanError(f"{path}: {error.strerror or error}") from error
    except CaptureError as error:
        if "capture" not in str(error):
            raise ScanError(str(error)) from error
        raise ScanError(f"{path}: neither a capture (pcap, pcapng) nor audio (wav, flac, au, aiff, ogg)") from error


def _audio_packets(path: Path) -> Iterator[Packet]:
    return _rtp(path, read_audio(path))


def read_audio(path: Path) -> list[NDArray[np.int16]]:
    """Channels of an audio file, 16 bits at 8 kHz.

    Raises
    ------
    ScanError
        If it is no audio that can be read, holds none, or more channels or a higher rate than telephone audio has.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.channels > MAX_CHANNELS or file.samplerate > MAX_RATE:
                raise ScanError(
                    f"{path}: {file.channels} channels at {file.samplerate} Hz are more than telephone audio"
                )
            rate = file.samplerate
            samples = file.read(dtype="float32", always_2d=True)  # as int16, files of floats would be read as zeros
    except soundfile.LibsndfileError as error:
        raise ScanError(f"{path}: not readable as audio ({error.error_string})") from error
    if len(samples) == 0:
        raise ScanError(f"{path}: no samples in this file")
    return [_at_8_khz(channel, rate) for channel in samples.T]


def _at_8_khz(samples: NDArray[np.float32], rate: int) -> NDArray[np.int16]:
    """Samples from -1 to 1 at any rate, as 16 bits at 8 kHz; exact for files of 16 bits or fewer at 8 kHz."""
    scaled = np.nan_to_num(samples.astype(np.float64)) * 32768
    if rate != RATE:
        divisor = gcd(rate, RATE)
        scaled = resample_poly(scaled, RATE // divisor, rate // divisor)
    return np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)


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
                destination=f"channel {channel + 1}",
                payload=header + payload,
            )
