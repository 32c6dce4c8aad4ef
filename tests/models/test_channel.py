import sys

import numpy as np
import pytest

from features.levels import rms_dbfs
from models.channel.codecs import CODECS, through
from models.channel.conditions import CONDITIONS, pass_through
from models.channel.echo import add_echo
from models.channel.laws import decode, encode_shifted
from models.channel.line import add_hum, clip, offset
from models.channel.loss import burst_loss, conceal, random_loss
from models.channel.packets import CODED, COMFORT_NOISE, LOST
from models.channel.pauses import comfort_noise, pauses
from models.errors import ModelError
from models.sounds.noise import noise
from models.sounds.silence import digital_silence
from models.sounds.tones import cadenced


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def tone(n: int = 19200) -> np.ndarray:
    return cadenced(n, (440.0, 1000.0), (), level_dbm0=-16.0)


def talk_and_pause() -> np.ndarray:
    """Half a second loud, a second and a half faint, by turns: what a pause detector is made for."""
    sound = noise(rng(), 19200, -65.0, "white")
    sound[:4000] = noise(rng(2), 4000, -20.0, "pink")
    return sound


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_keeps_what_is_heard_when_it_is_heard(codec: str):
    pytest.importorskip("av")
    sound = noise(rng(), 16000, -20.0, "pink")
    sound[:8000] = 0
    heard = through(sound, codec)
    assert heard.shape == sound.shape
    assert rms_dbfs(heard[:7800]) < -55.0
    assert rms_dbfs(heard[8200:]) == pytest.approx(-20.0, abs=7.0)  # little of noise passes AMR at 4.75
    lags = range(-24, 25)
    likeness = [float(np.dot(np.roll(heard, lag)[8200:15800].astype(float), sound[8200:15800])) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 8  # a millisecond
    assert np.array_equal(heard, through(sound, codec))


def test_another_codec_is_refused_and_nothing_stays_nothing():
    with pytest.raises(ValueError, match="codec is one of"):
        through(digital_silence(160), "speex")
    assert through(digital_silence(0), "gsm").size == 0


def test_without_pyav_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(ModelError, match=r"pip install callsieve\[train\]"):
        through(digital_silence(160), "g726")
    assert through(digital_silence(160), "gsm").size == 160


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_gives_as_much_as_it_gets_and_the_same_for_the_same_seed(condition: str):
    pytest.importorskip("av")
    sound = talk_and_pause()
    first, second = (pass_through(rng(3), sound, condition, "pcma") for _ in range(2))
    assert first.codes.size == sound.size
    assert first.packets.shape == first.replaced.shape == (120,)
    assert np.array_equal(first.codes, second.codes)
    assert np.array_equal(first.packets, second.packets)
    assert first.chain == second.chain
    assert first.chain[-1] == "pcma"


def test_an_unknown_condition_and_half_packets_are_refused():
    with pytest.raises(ValueError, match="condition is one of"):
        pass_through(rng(), tone(), "rain", "pcmu")
    with pytest.raises(ValueError, match="whole packets"):
        pass_through(rng(), tone(161), "clean", "pcmu")


def test_loss_has_its_share_and_bursts_have_their_length():
    assert np.mean(random_loss(rng(), 20000, 0.05)) == pytest.approx(0.05, abs=0.01)
    lost = burst_loss(rng(), 20000, 0.05, 3.0)
    assert np.mean(lost) == pytest.approx(0.05, abs=0.015)
    bursts = np.count_nonzero(np.diff(lost.astype(int), prepend=0) == 1)
    assert lost.sum() / bursts == pytest.approx(3.0, abs=0.5)
    seen = pass_through(rng(5), tone(), "loss_5", "pcmu").packets
    assert set(seen.tolist()) == {LOST, CODED}


def test_concealment_goes_on_for_a_moment_and_then_falls_silent():
    sound, lost = tone(), np.zeros(120, dtype=np.bool_)
    lost[50:56] = True
    heard = conceal(sound, lost)
    assert np.array_equal(heard[:8000], sound[:8000])
    assert rms_dbfs(heard[8000:8080]) == pytest.approx(rms_dbfs(sound), abs=1.5)
    assert rms_dbfs(heard[8240:8400]) < rms_dbfs(sound) - 3.0
    assert not heard[8480:8960].any()
    assert np.array_equal(heard[9000:], sound[9000:])
    lost[:] = True
    assert not conceal(sound, lost).any()


def test_pauses_are_not_sent_and_tones_are():
    sound = talk_and_pause()
    quiet = pauses(sound)
    assert not quiet[:33].any()  # half a second and the hangover
    assert quiet[34:].all()
    assert not pauses(tone()).any()
    heard = comfort_noise(rng(), sound, quiet)
    assert np.array_equal(heard[:5280], sound[:5280])
    assert rms_dbfs(heard[5440:]) == pytest.approx(-65.0, abs=1.0)
    assert not comfort_noise(rng(), digital_silence(320), np.ones(2, dtype=np.bool_)).any()
    assert COMFORT_NOISE in {int(p) for seed in range(6) for p in pass_through(rng(seed), sound, "dtx", "pcmu").packets}


def test_an_echo_is_later_and_fainter():
    sound = np.zeros(8000, dtype=np.int16)
    sound[:800] = noise(rng(2), 800, -20.0, "white")
    late = add_echo(rng(), sound, 0.1, 30.0) - sound
    assert not late[:800].any()
    assert rms_dbfs(late[800:1600].astype(np.int16)) == pytest.approx(rms_dbfs(sound[:800]) - 30.0, abs=4.0)


def test_clipping_hum_and_offset_do_what_they_say():
    sound = tone()
    cut = clip(sound, 0.1)
    assert np.mean(np.abs(cut) == np.abs(cut).max()) >= 0.1
    assert not clip(digital_silence(10), 0.1).any()
    word = np.concatenate([digital_silence(19200), sound])
    assert np.array_equal(clip(word, 0.1)[19200:], cut)
    assert rms_dbfs(add_hum(rng(), digital_silence(16000), -60.0, 50.0)) == pytest.approx(-60.0, abs=0.2)
    assert int(offset(digital_silence(1), -9)[0]) == -9


def test_an_encoder_that_shifts_gives_minus_eight_for_minus_one():
    assert decode(encode_shifted(np.array([-4, -3, -1, 0, 3, 8], np.int16)), "pcmu").tolist() == [-8, -8, -8, 0, 0, 8]
