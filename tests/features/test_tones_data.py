"""Tones in recorded calls; needs the recordings at CALLSIEVE_DATA and skips without them."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from features.dtmf import KEYS
from features.tones import Tone, ToneDetector, detect_tones

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CALLSIEVE_DATA", ROOT / "../shared/data")).resolve()
FAX = {"cng", "ced", "v21"}

# Everything that three SIP clients play, and what of it is a tone on the line; the rest is music, speech or noises.
CLIENTS = {
    **{f"baresip-core_sound{key}": [key] for key in "0123456789"},
    "baresip-core_soundroute": ["#"],
    "baresip-core_soundstar": ["*"],
    "baresip-core_busy": ["busy"] * 8,  # 425 Hz, half a second on and off
    "baresip-core_ringback": ["ringback"] * 2,  # 425 Hz, 1 s on, 4 s off
    "linphone-common_ringback": ["ringback"],  # 440 Hz, one burst that is on at the file's end
    "baresip-core_callwaiting": [],  # 440 Hz, two beeps a tenth of a second apart: call waiting, not in the table
    "baresip-core_error": [],  # synthetic notes
    "baresip-core_notfound": [],  # synthetic notes
    "baresip-core_message": [],  # a chime that dies away, about 2232 Hz
    "baresip-core_ring": [],  # a chime
    "linphone-common_hello8000": [],  # speech
    "linphone-common_hello16000": [],  # the same speech, at another rate before
    "linphone-common_incoming_chat": [],  # a pop
    "linphone-common_oldphone-mono": [],  # a telephone's bell
    "linphone-common_toy-mono": [],  # a tune
    "twinkle-common_ringback": [],  # a bell struck once, six partials, called ring-back by that client
    "twinkle-common_ringtone": [],  # a tune
}


def files(folder: str) -> list[Path]:
    found = sorted((DATA / folder).glob("*.flac"))
    if not found:
        pytest.skip(f"no recordings in {DATA / folder}: set CALLSIEVE_DATA")
    return found


def tones(audio: np.ndarray) -> Iterator[Tone]:
    """Tones that are new, chunk by chunk."""
    for start in range(0, len(audio), 16000):
        lead_in = 1024 if start else 0
        found = detect_tones(np.ascontiguousarray(audio[start - lead_in : start + 16000]), lead_in)
        yield from (tone for tone in found if not tone.continued)


def streamed(audio: np.ndarray) -> list[Tone]:
    detector = ToneDetector()
    return detector.feed(np.ascontiguousarray(audio)) + detector.flush()


def counted(folder: str) -> Counter[str]:
    """Return how often each new tone is heard in a folder of mono recordings."""
    total: Counter[str] = Counter()
    for path in files(folder):
        audio, _ = sf.read(path, dtype="int16", always_2d=True)
        total.update(tone.symbol for tone in tones(audio[:, 0]))
    return total


@pytest.mark.slow
def test_both_ends_of_every_fax_call_are_told_by_their_tones() -> None:
    for path in files("fax"):
        audio, _ = sf.read(path, dtype="int16", always_2d=True)
        calling, answering = (Counter(t.symbol for t in tones(audio[:, end])) for end in (0, 1))
        assert calling["cng"] == 1, path.name
        assert answering["ced"] == 1, path.name
        assert calling["v21"] >= 3, path.name
        assert answering["v21"] >= 3, path.name
        assert not (set(calling) | set(answering)) - FAX, path.name
        assert Counter(t.symbol for t in streamed(audio[:, 0])) == {"cng": 1, "v21": 3}, path.name
        assert Counter(t.symbol for t in streamed(audio[:, 1])) == {"ced": 1, "v21": 3}, path.name


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
    assert sum(found[key] for key in KEYS) <= 4
    assert found["tone"] <= 3
    assert not set(found) - set(KEYS) - {"tone"}


def test_every_sound_of_three_sip_clients_is_what_it_is() -> None:
    paths = {path.stem: path for path in files("client_tones")}
    assert set(paths) == set(CLIENTS)
    for stem, expected in CLIENTS.items():
        audio, _ = sf.read(paths[stem], dtype="int16", always_2d=True)
        assert [tone.symbol for tone in tones(audio[:, 0])] == expected, stem
        others = [symbol for symbol in expected if symbol not in KEYS]
        assert [tone.symbol for tone in streamed(audio[:, 0])] == others, stem
