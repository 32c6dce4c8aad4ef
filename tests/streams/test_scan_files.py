"""Which files a scan takes, and how audio becomes packets."""

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.rtp.packet import parse_rtp
from streams.scan import ScanError, find_files, open_packets

RATE = 8000


def names(patterns: list[str]) -> list[str]:
    return [path.name for path in find_files(patterns)[0]]


def samples_of(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """16-bit samples of each channel, out of its packets."""
    found: dict[str, bytes] = {}
    for packet in open_packets(path):
        found[packet.destination] = found.get(packet.destination, b"") + parse_rtp(packet.payload).payload
    return {channel: np.frombuffer(data, ">i2") for channel, data in found.items()}


def sine(rate: int, seconds: float = 1.0) -> np.ndarray[Any, Any]:
    return np.rint(8000 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)).astype(np.int16)


def test_a_folder_stands_for_captures_and_audio_below_it(tmp_path: Path) -> None:
    for name in ("b.pcap", "deep/a.WAV", "deep/notes.txt", "c.pcapng"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert names([str(tmp_path)]) == ["b.pcap", "c.pcapng", "a.WAV"]


def test_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").touch()
    assert names([f"{tmp_path}/a.pcap", f"{tmp_path}/*.pcap", str(tmp_path)]) == ["a.pcap"]


def test_a_file_whose_name_looks_like_a_glob_is_itself(tmp_path: Path) -> None:
    (tmp_path / "call[1].pcap").touch()
    assert names([f"{tmp_path}/call[1].pcap"]) == ["call[1].pcap"]


def test_what_stands_for_nothing_is_told_beside_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").touch()
    (tmp_path / "empty").mkdir()
    found, errors = find_files([f"{tmp_path}/no.wav", f"{tmp_path}/a.pcap", f"{tmp_path}/empty", f"{tmp_path}/*.au"])
    assert [path.name for path in found] == ["a.pcap"]
    assert [str(error).removeprefix(f"{tmp_path}/") for error in errors] == [
        "no.wav: no such file",
        "empty: no capture or audio file in this folder",
        "*.au: no such file",
    ]


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.au", "a.aiff"])
def test_samples_of_a_16_bit_file_pass_unchanged(tmp_path: Path, name: str) -> None:
    sf.write(tmp_path / name, sine(RATE), RATE, subtype="PCM_16")
    assert np.array_equal(samples_of(tmp_path / name)["channel 1"], sine(RATE))


def test_samples_of_a_floating_point_file_are_not_read_as_zeros(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", sine(RATE) / 32768, RATE, subtype="FLOAT")
    assert np.array_equal(samples_of(tmp_path / "a.wav")["channel 1"], sine(RATE))


def test_samples_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.array([3.0, -3.0, np.nan]), RATE, subtype="FLOAT")
    assert samples_of(tmp_path / "a.wav")["channel 1"].tolist() == [32767, -32768, 0]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 11_025])
def test_other_rates_become_8_khz(tmp_path: Path, rate: int) -> None:
    sf.write(tmp_path / "a.wav", sine(rate), rate)
    found = samples_of(tmp_path / "a.wav")["channel 1"]
    assert len(found) == RATE
    assert int(np.argmax(np.abs(np.fft.rfft(found)))) == 440


def test_each_channel_is_a_stream(tmp_path: Path) -> None:
    both = np.stack([sine(RATE), -sine(RATE)], axis=1)
    sf.write(tmp_path / "a.wav", both, RATE)
    found = samples_of(tmp_path / "a.wav")
    assert list(found) == ["channel 1", "channel 2"]
    assert np.array_equal(found["channel 2"], -sine(RATE))
    assert len({parse_rtp(packet.payload).ssrc for packet in open_packets(tmp_path / "a.wav")}) == 2


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("empty.pcap", b"", "the file is empty"),
        ("empty.wav", b"", "the file is empty"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "neither a capture"),
        ("photo.pcap", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "neither a capture"),
        ("photo.wav", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "not readable as audio"),
    ],
)
def test_what_is_no_capture_and_no_audio_says_so(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ScanError, match=complaint) as caught:
        open_packets(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_a_wav_without_samples_says_so(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.zeros(0, np.int16), RATE)
    with pytest.raises(ScanError, match="no samples"):
        open_packets(tmp_path / "a.wav")


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="No such file"):
        open_packets(tmp_path / "a.wav")


@given(content=st.binary(min_size=1, max_size=200), suffix=st.sampled_from([".wav", ".au", ".flac", ".pcap", ""]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_packets_or_a_scan_error(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    with contextlib.suppress(ScanError):
        assert all(packet.payload for packet in open_packets(path))
