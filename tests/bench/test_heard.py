"""What receivers are held against: halves, recordings, speeds, channels, others' receivers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bench.dtmf.digits import Sender, trials
from bench.heard.channel import coded, lose
from bench.heard.corpora import MUSIC_DBFS, Places, find, read
from bench.heard.halves import SOURCES, half, half_of_seed
from bench.heard.ours import Ours
from bench.heard.peers import multimon, spandsp
from bench.heard.peers.multimon import Multimon, digits_of
from bench.heard.peers.spandsp import Spandsp
from bench.heard.rates import poisson_interval
from bench.heard.receiver import Missing, Receiver
from bench.heard.speeds import at_speed
from bench.result import BenchError


def spoken(receiver: Receiver, digits: str = "5#A") -> list[str]:
    """What a receiver hears in each piece of a stream of one digit a piece."""
    rows = trials(np.random.default_rng(2), 16, Sender())
    pieces = [rows.rows[rows.truth.index(digit)] for digit in digits]
    return ["".join(each.symbol for each in piece) for piece in receiver.hear(pieces)]


def test_every_source_is_in_a_half_and_an_unknown_one_is_refused() -> None:
    assert {half(source, "x.wav") for source in SOURCES} == {"tune", "report"}
    with pytest.raises(ValueError, match="'radio' is in neither half"):
        half("radio", "x.wav")


def test_files_of_a_divided_source_fall_to_both_halves_by_their_names() -> None:
    names = [f"{number}.flac" for number in range(200)]
    tuned = sum(half("speech_calls", name) == "tune" for name in names)
    assert 70 <= tuned <= 130
    assert half("speech_calls", "clean_1EbxxdNtTU6sfStbSi-xbA_doubletalk.flac") == "report"


def test_music_on_hold_is_divided_by_artist_and_seeds_by_a_thousand() -> None:
    assert half("asterisk-moh", "macroform-cold_day.wav") == "tune"
    assert half("asterisk-moh", "reno_project-system.wav") == "report"
    assert [half_of_seed(seed) for seed in (0, 999, 1000)] == ["tune", "tune", "report"]


def test_only_speech_of_the_wanted_half_is_found_and_beeps_are_left_out(tmp_path: Path) -> None:
    for name in ("it_IT_m_Carlo/ciao", "it_IT_m_Carlo/beep", "it_IT_m_Carlo/silence/1", "en_US_f_Allison/hello"):
        path = tmp_path / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(800, np.int16), 8000)
    places = Places(sounds=tmp_path, hold=tmp_path / "none", games=tmp_path / "none")
    assert [r.path.stem for r in find(places, "report")] == ["ciao"]
    assert [r.path.stem for r in find(places, "tune")] == ["hello"]
    assert find(places, "report", ("music",)) == []


def test_a_prompt_in_two_formats_is_heard_once(tmp_path: Path) -> None:
    folder = tmp_path / "fr"
    folder.mkdir()
    for name in ("un.gsm", "un.wav", "deux.gsm"):
        (folder / name).touch()
    found = find(Places(sounds=tmp_path), "report", ("speech",))
    assert [recording.path.name for recording in found] == ["deux.gsm", "un.wav"]


def test_music_of_a_game_becomes_one_channel_at_8_khz_and_as_loud_as_music_on_hold(tmp_path: Path) -> None:
    folder = tmp_path / "warzone2100" / "music"
    folder.mkdir(parents=True)
    tone = 3000 * np.sin(2 * np.pi * 500 / 44100 * np.arange(44100))
    soundfile.write(folder / "track.ogg", np.stack([tone, tone], axis=1).astype(np.int16), 44100)
    (recording,) = find(Places(sounds=tmp_path, hold=tmp_path, games=tmp_path), "report")
    pcm = read(recording)
    assert abs(pcm.size - 8000) <= 1
    level = 10 * np.log10(np.mean(pcm.astype(float) ** 2) / 32768**2)
    assert abs(level - MUSIC_DBFS) < 0.2
    assert np.argmax(np.abs(np.fft.rfft(pcm[:8000]))) == 500


def test_what_is_no_sound_is_told_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "it_IT_m_Carlo").mkdir()
    (tmp_path / "it_IT_m_Carlo" / "broken.wav").write_bytes(b"no sound")
    (recording,) = find(Places(sounds=tmp_path, hold=tmp_path / "n", games=tmp_path / "n"), "report")
    with pytest.raises(BenchError, match=r"broken\.wav can't be read"):
        read(recording)


def test_a_faster_record_is_shorter_and_higher() -> None:
    tone = (8000 * np.sin(2 * np.pi * 1000 / 8000 * np.arange(8000))).astype(np.int16)
    fast = at_speed(tone, 1.25)
    assert fast.size == 6400
    assert np.argmax(np.abs(np.fft.rfft(fast))) * 8000 / fast.size == pytest.approx(1250, abs=2)
    with pytest.raises(ValueError, match="above 0"):
        at_speed(tone, 0.0)


def test_lost_packets_are_silent_or_said_again() -> None:
    rows = np.repeat(np.arange(1, 401, dtype=np.int16), 160).reshape(100, 640)
    zeros, received = lose(np.random.default_rng(1), rows, 0.2, "zeros")
    assert 0.1 < 1 - received.mean() < 0.3
    assert not zeros[~received].any()
    assert (zeros[received] == rows[received]).all()
    again, came = lose(np.random.default_rng(1), rows, 0.2, "repetition")
    assert (came == received).all()
    packets, kept = again.reshape(-1, 160)[:, 0], came.reshape(-1, 160)[:, 0]
    newest = 0
    for place, packet in enumerate(packets):
        newest = int(rows.reshape(-1, 160)[place, 0]) if kept[place] else newest
        assert packet == newest


def test_mu_law_changes_samples_by_no_more_than_its_steps() -> None:
    rows = trials(np.random.default_rng(1), 4, Sender()).rows
    through = coded(rows, "pcmu")
    assert through.shape == rows.shape
    assert 0 < np.max(np.abs(through.astype(int) - rows)) <= 512


def test_no_event_in_an_hour_leaves_a_rate_below_3_7_possible() -> None:
    assert poisson_interval(0, 1.0) == pytest.approx((0.0, 3.689), abs=1e-3)
    assert poisson_interval(10, 2.0) == pytest.approx((4.795 / 2, 18.390 / 2), abs=1e-3)
    with pytest.raises(ValueError, match="no rate"):
        poisson_interval(1, 0.0)


@given(st.binary(max_size=200))
def test_whatever_a_program_prints_only_digits_are_read(printed: bytes) -> None:
    assert set(digits_of(printed)) <= set("0123456789ABCD*#")


def test_digits_are_read_line_by_line_and_other_lines_passed_over() -> None:
    assert digits_of(b"Enabled demodulators: DTMF\nDTMF: 1\r\nDTMF: #\nDTMF: x\nDTMF: 12\nZVEI1: 3\n") == "1#"


def test_ours_tells_in_which_piece_it_heard_what() -> None:
    assert spoken(Ours()) == ["5", "#", "A"]


def test_spandsp_tells_in_which_piece_it_heard_what() -> None:
    try:
        receiver = Spandsp()
    except Missing as why:
        pytest.skip(str(why))
    assert spoken(receiver) == ["5", "#", "A"]


def test_multimon_tells_in_which_piece_it_heard_what_its_own_marks_left_out() -> None:
    try:
        receiver = Multimon()
    except Missing as why:
        pytest.skip(str(why))
    assert spoken(receiver, "5D#DA") == ["5", "D", "#", "D", "A"]


def test_a_peer_that_is_not_installed_is_missing_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multimon, "PROGRAM", "no-such-program")
    monkeypatch.setattr(spandsp, "LIBRARY", "libnothing.so.9")
    spandsp.library.cache_clear()
    with pytest.raises(Missing, match="apt-get install multimon-ng"):
        Multimon()
    with pytest.raises(Missing, match="apt-get install libspandsp2"):
        Spandsp()
    spandsp.library.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="a shell script stands for the program")
def test_a_program_that_fails_is_told_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\ncat > /dev/null\necho no luck >&2\nexit 3\n")
    script.chmod(0o755)
    assert subprocess.run([script], input=b"", capture_output=True).returncode == 3
    monkeypatch.setattr(multimon, "PROGRAM", str(script))
    with pytest.raises(BenchError, match="status 3: no luck"):
        Multimon().hear([np.zeros(160, np.int16)])
