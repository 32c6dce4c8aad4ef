import numpy as np
import pytest

from features.g711 import Law
from features.levels import frame_levels_dbfs, peak_dbfs, rms_dbfs, silence_code_share
from features.tones import detect_tones
from models.channel import laws, line
from models.rules import SILENCE_CODES
from models.sounds import tones
from models.sounds.modem import SIGNALS, modem_data
from models.sounds.music import hold_music
from models.sounds.noise import KINDS, noise
from models.sounds.silence import dead_air, digital_silence, idle_codes
from models.sounds.speech import VOICES, conversation, sentence, speak
from models.sounds.synthesiser import SynthesiserError, synthesise

LAWS: tuple[Law, ...] = ("pcmu", "pcma")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def symbols(pcm: np.ndarray) -> list[str]:
    return [tone.symbol for tone in detect_tones(pcm[:16000], 0)]


def test_the_same_words_sound_the_same_whatever_was_said_before():
    first = speak("your card has been blocked", voice="en-us+f2", pitch=60, rate=180)
    for voice in VOICES[::9]:
        speak("quite another thing", voice=voice, pitch=20, rate=300)
    assert np.array_equal(speak("your card has been blocked", voice="en-us+f2", pitch=60, rate=180), first)


def test_two_readings_with_chance_in_them_differ_and_the_same_chance_does_not():
    one, again, other = (speak("good morning", voice="de", rng=rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one[:8000], other[:8000])


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_speaks_in_the_telephone_band(voice: str):
    pcm = speak(sentence(rng(3), voice.split("+", maxsplit=1)[0]), voice=voice)
    assert pcm.size > 8000
    assert rms_dbfs(pcm) == pytest.approx(-22.0, abs=0.2)
    power = np.abs(np.fft.rfft(pcm.astype(np.float64))) ** 2
    frequency = np.fft.rfftfreq(pcm.size, 1 / 8000)
    assert power[(frequency > 250) & (frequency < 3450)].sum() > 0.95 * power.sum()


def test_what_cannot_be_spoken_is_refused_or_empty():
    with pytest.raises(ValueError, match="no voice"):
        speak("hello", voice="xx")
    with pytest.raises(ValueError, match="pitch"):
        speak("hello", voice="en-us", pitch=100)
    with pytest.raises(SynthesiserError, match="no voice"):
        synthesise("hello", "nobody", pitch=50, rate=170, seed=1)
    assert speak("", voice="en-us").size == 0


def test_sentences_are_varied_and_in_known_languages():
    generator = rng()
    assert len({sentence(generator) for _ in range(200)}) > 195
    with pytest.raises(ValueError, match="language"):
        sentence(generator, "tlh")


def test_a_conversation_is_a_function_of_its_seed_and_has_pauses():
    talk = conversation(rng(5), 12.0)
    assert talk.size == 96000
    assert np.array_equal(talk, conversation(rng(5), 12.0))
    levels = [rms_dbfs(talk[i : i + 800]) for i in range(0, talk.size, 800)]
    assert max(levels) > -25.0
    assert min(levels) < -55.0
    assert conversation(rng(), 0.0).size == 0


@pytest.mark.parametrize("law", LAWS)
def test_dead_air_is_quiet_but_neither_digital_silence_nor_noise(law: Law):
    for seed in range(20):
        pcm = dead_air(rng(seed), 48000)
        assert -54.0 < peak_dbfs(pcm) < -47.0
        for start in range(0, 48000, 16000):
            piece = pcm[start : start + 16000]
            assert silence_code_share(laws.encode(piece, law), law) < SILENCE_CODES
            assert rms_dbfs(laws.decode(laws.encode(piece, law), law)) < -65.0


@pytest.mark.parametrize("law", LAWS)
def test_idle_codes_toggle_and_are_silence_by_definition(law: Law):
    for seed in range(20):
        codes = idle_codes(rng(seed), 16000, law)
        assert len(np.unique(codes)) >= 2
        assert silence_code_share(codes, law) >= 0.96
    assert not digital_silence(10).any()


@pytest.mark.parametrize("kind", KINDS)
def test_noise_has_its_level_and_its_seed(kind: str):
    pcm = noise(rng(2), 16000, -30.0, kind)
    assert rms_dbfs(pcm) == pytest.approx(-30.0, abs=0.5)
    assert np.array_equal(pcm, noise(rng(2), 16000, -30.0, kind))
    assert noise(rng(), 0, -30.0, kind).size == 0


def test_another_noise_is_refused():
    with pytest.raises(ValueError, match="kind"):
        noise(rng(), 10, -30.0, "purple")


@pytest.mark.parametrize("country", ["us", "fr", "de", "it", "es"])
def test_call_progress_is_what_the_detector_knows(country: str):
    assert set(symbols(tones.busy(16000, country))) == {"busy"}
    assert set(symbols(tones.reorder(16000, country))) <= {"reorder", "busy"}
    assert "ringback" in symbols(np.concatenate([np.zeros(800, np.int16), tones.ringback(16000, country)]))


def test_fax_and_information_tones_are_what_the_detector_knows():
    assert "cng" in symbols(tones.cng(16000))
    assert "ced" in symbols(tones.ced(16000))
    assert symbols(tones.ansam(16000)) == ["ansam_pr"]
    assert symbols(tones.ansam(16000, reversals=False)) == ["ansam"]
    assert "v21" in symbols(tones.v21_preamble(16000))
    assert "sit" in symbols(np.concatenate([np.zeros(2000, np.int16), tones.sit(), np.zeros(8000, np.int16)]))


def test_digits_are_dialled_in_order_at_their_level():
    pcm = tones.dtmf("0123*#D", 0.08, 0.1, -10.0, twist_db=2.0)
    assert symbols(np.concatenate([pcm, np.zeros(16000, np.int16)])) == list("0123*#D")
    assert rms_dbfs(tones.dtmf("5", 1.0, 0.0, -10.0)) == pytest.approx(-10.0 - 6.22 + 3.01, abs=0.1)
    assert tones.dtmf("").size == 0
    with pytest.raises(ValueError, match="keypad"):
        tones.dtmf("x")


def test_a_cadence_can_begin_anywhere():
    whole = tones.ringback(48000, "us")
    later = tones.ringback(16000, "us", offset_s=2.0)
    assert np.array_equal(later[100:], whole[16100:32000])


def test_music_and_data_have_their_level_and_their_seed():
    assert rms_dbfs(hold_music(rng(4), 32000, -25.0)) == pytest.approx(-25.0, abs=0.3)
    assert np.array_equal(hold_music(rng(4), 32000), hold_music(rng(4), 32000))
    assert not np.array_equal(hold_music(rng(4), 32000), hold_music(rng(5), 32000))
    for signal in SIGNALS:
        assert rms_dbfs(modem_data(rng(1), 16000, signal, level_dbfs=-20.0)) == pytest.approx(-20.0, abs=0.1)


def test_the_line_changes_gain_noise_and_band():
    tone = tones.ced(16000)
    assert rms_dbfs(line.gain(tone, -12.0)) == pytest.approx(rms_dbfs(tone) - 12.0, abs=0.01)
    assert peak_dbfs(line.gain(tone, 60.0)) == pytest.approx(0.0, abs=0.01)
    low = np.round(8000 * np.sin(2 * np.pi * 50 * np.arange(16000) / 8000)).astype(np.int16)
    assert frame_levels_dbfs(line.band_limit(low)[8000:]).max() < rms_dbfs(low) - 40.0
