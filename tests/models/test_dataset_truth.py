import numpy as np
import pytest

from features.g711 import Law
from models.channel.laws import LAWS, encode
from models.dataset.contents import (
    BUSY,
    CONTENTS,
    DOUBT,
    DTMF,
    FAX,
    MUSIC,
    NOBODY,
    RINGBACK,
    SPEECH,
    TONE,
    bridged,
    spread,
    together,
)
from models.dataset.truth import Truth, truth
from models.sounds.noise import noise

ALL = slice(0, 100)


def sound(*parts: tuple[slice, float]) -> np.ndarray:
    """White noise at a level in some frames, zeros elsewhere."""
    pcm = np.zeros(16000, np.int16)
    for frames, level in parts:
        n = (frames.stop - frames.start) * 160
        pcm[frames.start * 160 : frames.stop * 160] = noise(np.random.default_rng(1), n, level, "white")
    return pcm


def contents(*parts: tuple[slice, int]) -> np.ndarray:
    out = np.full(100, NOBODY, np.uint8)
    for frames, content in parts:
        out[frames] = content
    return out


def judged(
    what: np.ndarray, pcm: np.ndarray, *, lost: slice = slice(0), noise_from: int = 100, law: Law = "pcmu"
) -> Truth | str:
    packets = np.ones(100, np.uint8)
    packets[noise_from:] = 2
    packets[lost] = 0
    return truth(what, encode(pcm, law), packets, law)


def label(*given, **options) -> str | None:
    found = judged(*given, **options)
    return found.label if isinstance(found, Truth) else None


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(
    ("content", "level", "expected"),
    [
        (NOBODY, -60.0, "dead_air"),
        (NOBODY, -50.0, "noise"),
        (NOBODY, -120.0, "digital_silence"),
        (SPEECH, -62.0, "speech"),
        (SPEECH, -120.0, "digital_silence"),
        (TONE, -60.0, "noise"),
        *((content, -20.0, CONTENTS[content]) for content in range(MUSIC, FAX + 1)),
    ],
)
def test_one_thing_all_the_time_is_its_label_by_the_definitions(content: int, level: float, expected: str, law: Law):
    found = judged(contents((ALL, content)), sound((ALL, level)), law=law)
    assert isinstance(found, Truth)
    assert found.label == expected
    assert found.passages == [(expected, 0.0, 2.0)]


def test_what_decides_of_two_things():
    half, rest = slice(0, 50), slice(50, 100)
    loud = sound((ALL, -20.0))
    for first, second, expected in (
        (RINGBACK, SPEECH, "ringback"),
        (MUSIC, SPEECH, "speech"),
        (DTMF, SPEECH, "speech"),
        (DTMF, MUSIC, "dtmf"),
        (BUSY, NOBODY, "busy"),
        (FAX, SPEECH, "fax"),
        (TONE, NOBODY, "noise"),
    ):
        assert label(contents((half, first), (rest, second)), loud) == expected


def test_silence_then_speech_at_the_end_is_speech_with_its_passages():
    late = slice(85, 100)
    found = judged(contents((slice(82, 85), DOUBT), (late, SPEECH)), sound((late, -40.0)))
    assert isinstance(found, Truth)
    assert found.label == "speech"
    assert found.passages == [("digital_silence", 0.0, 1.64), ("speech", 1.7, 0.3)]


def test_the_edge_of_a_word_alone_is_no_truth():
    assert judged(contents((slice(95, 100), SPEECH)), sound((ALL, -60.0))) == "edge of a sound"
    assert judged(contents((slice(97, 100), DOUBT)), sound((ALL, -60.0))) == "edge of a sound"


def test_what_was_lost_is_in_no_label_and_no_passage():
    first = slice(0, 60)
    what, pcm = contents((first, SPEECH)), sound((first, -30.0), (slice(60, 100), -65.0))
    found = judged(what, pcm, lost=slice(0, 58))
    assert found == "edge of a sound"
    found = judged(contents(), pcm, lost=first)
    assert isinstance(found, Truth)
    assert found.label == "dead_air"
    assert found.passages == [("dead_air", 1.2, 0.8)]
    found = judged(what, pcm, lost=slice(20, 24))
    assert isinstance(found, Truth)
    assert found.passages[0] == ("speech", 0.0, 1.2)


def test_nothing_and_hardly_anything_received():
    loud = sound((ALL, -20.0))
    nothing = judged(contents((ALL, SPEECH)), loud, lost=ALL)
    assert isinstance(nothing, Truth)
    assert (nothing.label, nothing.passages, nothing.rms_dbfs) == ("no_media", [], -120.0)
    assert label(contents((ALL, SPEECH)), loud, lost=slice(0, 80)) == "undecided"


def test_comfort_noise_is_what_most_packets_are():
    talk = sound((ALL, -30.0))
    found = judged(contents((slice(0, 30), SPEECH)), talk, noise_from=40)
    assert isinstance(found, Truth)
    assert found.label == "comfort_noise"
    assert found.passages[0] == ("speech", 0.0, 0.6)
    assert found.passages[-1] == ("comfort_noise", 0.8, 1.2)
    assert label(contents((slice(0, 60), SPEECH)), talk, noise_from=60) == "speech"
    assert label(contents((slice(0, 20), DTMF)), talk, noise_from=40) == "comfort_noise"
    assert label(contents((slice(0, 20), BUSY)), talk, noise_from=40) == "busy"


def test_words_too_faint_to_be_coded_join_the_silence_around_them():
    found = judged(contents((slice(30, 60), SPEECH)), sound(), law="pcma")
    assert isinstance(found, Truth)
    assert (found.label, found.passages) == ("digital_silence", [("digital_silence", 0.0, 2.0)])


def test_a_sound_has_doubtful_edges_and_its_own_short_pauses():
    active = np.zeros(60, np.bool_)
    active[10:20] = active[24:30] = True
    found = spread(active, SPEECH)
    assert (found[10:30] == SPEECH).all()
    assert (found[7:10] == DOUBT).all()
    assert (found[30:33] == DOUBT).all()
    assert (found[:7] == NOBODY).all()
    assert bridged(active, 3)[20:24].sum() == 0
    assert (spread(active[:0], SPEECH)).size == 0
    assert together(found, np.full(60, MUSIC, np.uint8))[0] == MUSIC
    assert together(found, np.full(60, MUSIC, np.uint8))[15] == SPEECH
