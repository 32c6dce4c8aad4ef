"""From queries to figures: thresholds, takes, groups, peers, and the page."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.heard.corpora import Places, Recording
from bench.replay.contender import Contender, Missing
from bench.replay.groups import enrolled, group, one_of_each
from bench.replay.measures import curve, limit
from bench.replay.ours import Callsieve
from bench.replay.peers.chromaprint import Chromaprint
from bench.replay.peers.landmarks import Landmarks
from bench.replay.queries import Query
from bench.replay.takes import same_take, takes
from models.sounds.speech import speak
from models.sounds.synthesiser import SynthesiserError

Pcm = NDArray[np.int16]


def sounding(seed: int, seconds: float) -> Pcm:
    """Chords that change every quarter second, never the same."""
    rng = np.random.default_rng(seed)
    time = np.arange(2000) / 8000.0
    parts = []
    for _ in range(round(seconds * 4)):
        tones = [np.sin(2.0 * np.pi * f * time + rng.uniform(0, 6)) for f in rng.uniform(300.0, 3300.0, 4)]
        parts.append(np.sum(tones, axis=0) * np.hanning(2000))
    return (3000.0 * np.concatenate(parts)).astype(np.int16)


def asked(pcm: Pcm) -> Query:
    return Query(pcm.size / 8000, "clean", "x", "speech", pcm, None)


def recording(source: str, name: str) -> Recording:
    return Recording(source, "speech", Path(f"{name}.flac"))


def test_a_threshold_is_exceeded_by_as_many_as_it_says() -> None:
    scores = np.random.default_rng(0).permutation(2_000).astype(np.float64)
    found = limit(scores, [str(i % 50) for i in range(2_000)], 1e-3)
    assert np.sum(scores > found.score) == 2
    assert not found.extrapolated
    assert found.low <= found.score <= found.high


def test_beyond_what_was_counted_a_fitted_tail_goes_on() -> None:
    scores = np.random.default_rng(1).exponential(1.0, 1_000)
    found = limit(scores, [str(i % 200) for i in range(1_000)], 1e-5)
    assert found.extrapolated
    assert found.score == pytest.approx(-np.log(1e-5), rel=0.3)


def test_a_curve_rises_and_wrong_calls_never_count() -> None:
    known = np.array([-np.inf, 5.0, 6.0, 7.0])
    rates, recall = zip(*curve(known, np.linspace(0.0, 1.0, 100)), strict=True)
    assert list(rates) == sorted(rates)
    assert set(recall) == {0.75}


def test_without_unknown_queries_there_is_no_threshold() -> None:
    with pytest.raises(ValueError, match="no threshold"):
        limit(np.zeros(0), [], 1e-3)


def test_one_clip_through_many_systems_is_one_group() -> None:
    clips = [recording("speech_in_noise_p808_en", f"{n}S_286") for n in (9, 10)]
    assert len(one_of_each(clips)) == 1
    pair = [recording("speech_in_noise_p835", name) for name in ("noizeus_ref_sp0102_c3", "degraded_NB_sp0102_c8")]
    assert group(pair[0]) == group(pair[1])
    assert group(recording("speech_calls", "clean_ab_doubletalk")) == group(recording("dead_air", "clean_ab_farend"))


def test_about_half_of_all_names_are_enrolled() -> None:
    assert 430 < sum(enrolled(f"name {n}") for n in range(1000)) < 570


def test_a_take_is_known_again_at_another_level_and_another_take_isnt() -> None:
    one, two = sounding(1, 3.0), sounding(2, 3.0)
    cut = np.concatenate([two[:5000], (one[4096:20096] * 0.5).astype(np.int16)])
    assert same_take(one, cut, 5000 - 4096, 4096, 20096)
    assert not same_take(one, two, 0, 0, one.size)
    labels = takes([one, sounding(4, 2.0), cut, sounding(3, 3.0)])
    assert labels[0] == labels[2]
    assert len(set(labels.tolist())) == 3


@pytest.mark.parametrize("make", [Landmarks, Chromaprint])
def test_a_peer_finds_a_piece_in_its_call_and_tells_where(make: type[Contender]) -> None:
    try:
        peer = make()
    except Missing as why:
        pytest.skip(str(why))
    calls = [sounding(seed, 12.0) for seed in range(4)]
    peer.enroll(calls)
    found, short = peer.search([asked(calls[2][24_000:64_000]), asked(np.zeros(100, np.int16))])
    assert found.call == 2
    assert found.middle_s == pytest.approx(5.5, abs=0.2)
    assert found.score > short.score
    assert peer.bytes_per_call > 100


def test_ours_adds_up_chunks_and_tells_the_place_of_the_last() -> None:
    try:
        calls = [speak("the number you have dialled is not in use at present please try later " + word, voice="en-us")
                 for word in ("tomorrow or on friday", "when the office opens again")]  # fmt: skip
    except SynthesiserError as why:
        pytest.skip(str(why))
    ours = Callsieve()
    ours.enroll([calls[0], speak("we are calling about your car and a guarantee that ends soon", voice="es+m3")])
    chunks = ours.by_chunks(asked(calls[0][4_000:36_000]))
    assert [together.call for _, together in chunks] == [0, 0]
    assert chunks[1][1].middle_s == pytest.approx(0.5 + 3.0, abs=0.05)
    assert chunks[1][1].score > chunks[0][0].score


@pytest.mark.long
def test_a_small_run_of_the_half_that_tunes_writes_its_page(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="PyAV comes with callsieve[train]")
    pytest.importorskip("espeakng_loader", reason="voices come with callsieve[simulate]")
    from bench.replay.page import write_page
    from bench.replay.results import read_report
    from bench.replay.run import Options, run

    empty = Places(data=None, sounds=tmp_path / "none", hold=tmp_path / "none", games=tmp_path / "none")
    report = run(Options(half="tune", quick=True, small=True, places=empty))
    page, figures = write_page(report, tmp_path)
    assert page.read_text().startswith("# Replays found again")
    assert "a quick run: no claims" in page.read_text()
    assert read_report(figures) == report
    assert sum(cell.hits for cell in report.of("callsieve", "10 s")) > 60
