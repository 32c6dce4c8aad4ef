"""What ``callsieve scan`` says about files, made here or recorded."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from command import Command

from models.classifier import ChunkClassifier
from streams.simulate.pcapfile import write_pcap
from streams.simulate.plan import Plan
from streams.simulate.planning import plan_calls
from streams.simulate.truth import truth_of

DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).parents[2] / "../shared/data")).resolve()
RATE = 8000
KEYS = {
    "id",
    "call_id",
    "stream_id",
    "file",
    "chunk",
    "start_s",
    "scope",
    "label",
    "probability",
    "probabilities",
    "action",
    "reasons",
    "cause",
    "tones",
    "passages",
    "replay",
    "coverage",
    "model",
}
TONE_KEYS = {"symbol", "start_s", "duration_s", "level_dbm0", "source"}
REPLAY_KEYS = {"campaign", "call_id", "score", "offset_s", "pitch", "tempo"}
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xdb"


def recorded(folder: str, pattern: str) -> list[Path]:
    found = sorted((DATA / folder).glob(pattern))
    if not found:
        pytest.skip(f"no recordings in {DATA / folder}: set CALLSIEVE_DATA")
    return found


def silence(path: Path, subtype: str = "PCM_16", seconds: float = 6.0) -> Path:
    sf.write(path, np.zeros(round(seconds * RATE), np.int16), RATE, subtype=subtype)
    return path


def melody(path: Path, seed: int, seconds: float = 8.0) -> Path:
    """A new chord of four partials every 120 ms: a sound that nothing else repeats by chance."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(960) / RATE
    chords = [
        sum(np.sin(2 * np.pi * pitch * time_s) for pitch in rng.uniform(300, 3300, 4)) * np.hanning(960)
        for _ in range(round(seconds / 0.12))
    ]
    sf.write(path, np.rint(3000 * np.concatenate(chords)).astype(np.int16), RATE)
    return path


def digit_one(path: Path) -> Path:
    """The key 1 (ITU-T Q.23: 697 and 1209 Hz), held for 200 ms after half a second."""
    time_s = np.arange(1600) / RATE
    tone = 4000 * (np.sin(2 * np.pi * 697 * time_s) + np.sin(2 * np.pi * 1209 * time_s))
    sf.write(path, np.concatenate([np.zeros(4000), tone, np.zeros(8000)]).astype(np.int16), RATE)
    return path


def digit_of(path: Path) -> str:
    name = path.stem.removeprefix("dtmf_2833_")
    return {"star": "*", "pound": "#"}.get(name, name)


def test_each_recorded_digit_is_told_once(command: Command) -> None:
    paths = recorded("pcap", "dtmf_2833_*.pcap")
    said = command("scan", "--format", "jsonl", *paths)
    digits = {str(path): "" for path in paths}
    for one in said.of_scope("chunk"):
        digits[one["file"]] += "".join(tone["symbol"] for tone in one["tones"])
    assert digits == {str(path): digit_of(path) for path in paths}
    assert {one["label"] for one in said.of_scope("call")} == {"dtmf"}
    assert said.status == 0


def test_digits_are_masked_when_asked(command: Command) -> None:
    (path,) = recorded("pcap", "dtmf_2833_5.pcap")
    said = command("scan", "--no-replay", "--mask", "--format", "jsonl", path)
    symbols = [tone["symbol"] for one in said.of_scope("chunk") for tone in one["tones"]]
    assert len(symbols) == 1
    assert symbols != ["5"]


def test_a_recorded_voice_is_speech_or_a_recording(command: Command) -> None:
    said = command("scan", "--format", "jsonl", *recorded("pcap", "g711a.pcap"))
    assert [one["label"] in ("speech", "recording") for one in said.of_scope("call")] == [True]


@pytest.mark.slow
def test_both_ends_of_every_recorded_fax_are_fax(command: Command) -> None:
    paths = recorded("fax", "*.flac")
    said = command("scan", "--format", "jsonl", DATA / "fax")
    labels = Counter((one["file"], one["label"]) for one in said.of_scope("call"))
    assert labels == {(str(path), "fax"): 2 for path in paths}


@pytest.mark.parametrize(
    ("name", "subtype"), [("a.wav", "PCM_16"), ("a.wav", "ULAW"), ("a.au", "ULAW"), ("a.flac", "PCM_16")]
)
def test_digital_silence_is_told_whatever_file_it_is_in(
    command: Command, tmp_path: Path, name: str, subtype: str
) -> None:
    said = command("scan", "--no-replay", "--format", "jsonl", silence(tmp_path / name, subtype))
    assert {one["label"] for one in said.objects} == {"digital_silence"}
    assert [one["scope"] for one in said.objects] == ["chunk", "chunk", "chunk", "call"]


def test_unreadable_files_are_told_and_the_others_done(command: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.pcap").touch()
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    files = [tmp_path / "empty.pcap", tmp_path / "missing.wav", tmp_path / "photo.jpg", silence(tmp_path / "a.wav")]
    said = command("scan", "--no-replay", "--format", "jsonl", *files)
    assert said.status == 2
    assert {one["file"] for one in said.objects} == {str(tmp_path / "a.wav")}
    assert sorted(said.err.splitlines()) == [
        f"callsieve: {tmp_path}/empty.pcap: the file is empty",
        f"callsieve: {tmp_path}/missing.wav: no such file",
        f"callsieve: {tmp_path}/photo.jpg: neither a capture (pcap, pcapng) nor audio (wav, flac, au, aiff, ogg)",
    ]


def test_a_capture_that_breaks_off_is_judged_and_told(command: Command, tmp_path: Path) -> None:
    (path,) = recorded("pcap", "g711a.pcap")
    (tmp_path / "cut.pcap").write_bytes(path.read_bytes()[:-100])
    said = command("scan", "--no-replay", "--format", "jsonl", tmp_path / "cut.pcap")
    assert said.status == 0
    assert "breaks off" in said.err
    assert [one["label"] for one in said.of_scope("call")] == ["speech"]


def test_json_lines_have_the_documented_keys_and_no_others(command: Command, tmp_path: Path) -> None:
    melody(tmp_path / "one.wav", seed=1)
    melody(tmp_path / "two.wav", seed=1)
    said = command("scan", "--format", "jsonl", tmp_path, digit_one(tmp_path / "three.wav"))
    assert all(set(one) == KEYS for one in said.objects)
    assert {one["model"] for one in said.objects} == {ChunkClassifier.load().version}
    tones = [tone for one in said.objects if one["file"].endswith("three.wav") for tone in one["tones"]]
    replays = [one["replay"] for one in said.objects if one["replay"] is not None]
    assert [tone["symbol"] for tone in tones] == ["1", "1"]  # in its chunk's line, and in its call's
    assert all(set(tone) == TONE_KEYS for tone in tones)
    assert replays
    assert all(set(replay) == REPLAY_KEYS for replay in replays)


def test_what_a_second_file_repeats_is_a_recording(command: Command, tmp_path: Path) -> None:
    melody(tmp_path / "one.wav", seed=2)
    melody(tmp_path / "two.wav", seed=2)
    calls = command("scan", "--format", "jsonl", tmp_path).of_scope("call")
    assert [(one["cause"], one["label"]) for one in calls][1] == ("replay", "recording")
    assert calls[1]["replay"]["call_id"] == calls[0]["call_id"]
    assert all(one["replay"] is None for one in command("scan", "--no-replay", "--format", "jsonl", tmp_path).objects)


def test_verdicts_have_equal_ids_in_every_scan_of_a_file(command: Command, tmp_path: Path) -> None:
    path = silence(tmp_path / "a.wav")
    silence(tmp_path / "0.wav")
    alone = command("scan", "--no-replay", "--format", "jsonl", path)
    together = command("scan", "--no-replay", "--format", "jsonl", tmp_path / "0.wav", path)
    ids = [(one["call_id"], one["stream_id"], one["chunk"]) for one in alone.objects]
    assert ids == [(o["call_id"], o["stream_id"], o["chunk"]) for o in together.objects if o["file"] == str(path)]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Plan]:
    """Twelve calls with SIP, in a file."""
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    path, plan = tmp_path_factory.mktemp("simulated") / "calls.pcap", plan_calls(3, 12, spread_s=5.0)
    write_pcap(path, plan)
    return path, plan


@pytest.mark.slow
def test_sip_calls_are_told_by_the_callers_side(command: Command, simulated: tuple[Path, Plan]) -> None:
    path, plan = simulated
    truth = truth_of(plan).by_call_id()
    calls = command("scan", "--format", "jsonl", path).of_scope("call")
    assert {one["call_id"] for one in calls} == set(truth)
    assert {one["sip_call_id"] for one in calls} == {call.sip_call_id for call in truth.values()}
    assert all(set(one) == KEYS | {"sip_call_id", "caller", "callee"} for one in calls)
    right = [one["label"] in truth[one["call_id"]].labels for one in calls]
    assert sum(right) >= 11


@pytest.mark.slow
def test_the_called_side_is_told_apart_when_asked(command: Command, simulated: tuple[Path, Plan]) -> None:
    path, plan = simulated
    answered = {call.call_id for call in plan.calls if call.packets and call.callee_media != "none"}
    caller = command("scan", "--no-replay", "--format", "jsonl", path).of_scope("call")
    both = command("scan", "--no-replay", "--callee", "--format", "jsonl", path).of_scope("call")
    assert Counter(one["call_id"] for one in both) == Counter(call.call_id for call in plan.calls) + Counter(answered)
    labels = {(one["call_id"], one["label"]) for one in both}
    assert {(one["call_id"], one["label"]) for one in caller} <= labels
    assert " callee" in command("scan", "--no-replay", "--callee", path).out
