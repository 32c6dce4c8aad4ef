"""Tones in recorded calls; needs the recordings at CALLSIEVE_DATA and skips without them."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from features.dtmf import KEYS
from features.tones import Tone, detect_tones

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CALLSIEVE_DATA", ROOT / "../shared/data")).resolve()
FAX = {"cng", "ced", "v21"}


def files(folder: str) -> list[Path]:
    found = sorted((DATA / folder).glob("*.flac"))
    if not found:
        pytest.skip(f"no recordings in {DATA / folder}: set CALLSIEVE_DATA")
    return found


def tones(audio: np.ndarray) -> Iterator[Tone]:
    for start in range(0, len(audio), 16000):
        lead_in = 1024 if start else 0
        yield from detect_tones(np.ascontiguousarray(audio[start - lead_in : start + 16000]), lead_in)


def counted(folder: str) -> Counter[str]:
    """Return how often each new tone is heard in a folder of mono recordings."""
    total: Counter[str] = Counter()
    for path in files(folder):
        audio, _ = sf.read(path, dtype="int16", always_2d=True)
        total.update(tone.symbol for tone in tones(audio[:, 0]) if not tone.continued)
    return total


@pytest.mark.slow
def test_both_ends_of_every_fax_call_are_told_by_their_tones() -> None:
    for path in files("fax"):
        audio, _ = sf.read(path, dtype="int16", always_2d=True)
        calling, answering = (Counter(t.symbol for t in tones(audio[:, end]) if not t.continued) for end in (0, 1))
        assert calling["cng"] == 1, path.name
        assert answering["ced"] == 1, path.name
        assert calling["v21"] >= 3, path.name
        assert answering["v21"] >= 3, path.name
        assert not (set(calling) | set(answering)) - FAX, path.name


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["speech_calls", "spoken_digits", "robocalls", "dead_air"])
def test_speech_and_quiet_hold_no_tone(folder: str) -> None:
    assert counted(folder) == Counter()


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["speech_in_noise_p835", "speech_in_noise_p808_en"])
def test_speech_in_noise_holds_no_tone(folder: str) -> None:
    assert counted(folder) == Counter()


@pytest.mark.slow
def test_roosters_and_babies_hold_few_tones_and_no_fax() -> None:
    found = counted("noise_esc10")
    assert not set(found) & FAX
    assert sum(found[key] for key in KEYS) <= 4  # measured: four, all roosters, in 20 minutes
    assert found["tone"] <= 3
    assert not set(found) - set(KEYS) - {"tone"}


def test_the_keys_of_a_sip_client_are_heard() -> None:
    named = {"route": "#", "star": "*"}
    heard = {}
    for path in files("client_tones"):
        name = path.stem.removeprefix("baresip-core_sound")
        if name != path.stem:
            audio, _ = sf.read(path, dtype="int16", always_2d=True)
            heard[named.get(name, name)] = [tone.symbol for tone in tones(audio[:, 0])]
    assert heard == {key: [key] for key in "0123456789*#"}


def test_the_busy_and_ringback_tones_of_sip_clients_are_heard() -> None:
    expected = {
        "baresip-core_busy": "busy",
        "baresip-core_ringback": "ringback",
        "linphone-common_ringback": "ringback",
    }
    paths = {path.stem: path for path in files("client_tones")}
    for stem, symbol in expected.items():
        audio, _ = sf.read(paths[stem], dtype="int16", always_2d=True)
        assert {tone.symbol for tone in tones(audio[:, 0])} == {symbol}
