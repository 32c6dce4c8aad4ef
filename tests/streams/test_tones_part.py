"""Tones of a chunk: heard, told, or both."""

import msgspec
import numpy as np
import pytest
from chunk_world import chunk, event, run, sine

from models.sounds.tones import busy
from schemas.records import Run
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES
from streams.tones import MASK, tones_part

FIVE = (770.0, 1336.0)


def pressed(*starts: int, length: int = 800) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    pcm = np.zeros(CHUNK_SAMPLES, np.int16)
    for start in starts:
        pcm[start : start + length] = sine(*FIVE, samples=length)
    return pcm


def test_a_key_heard_is_a_tone_inband() -> None:
    (tone,) = tones_part(chunk(run(pressed(4_000))), show_digits=True).tones
    assert (tone.symbol, tone.source, tone.continued, tone.continues) == ("5", "inband", False, False)
    assert tone.start_s == pytest.approx(0.5, abs=0.02)
    assert tone.duration_s == pytest.approx(0.1, abs=0.03)


def test_a_key_told_is_a_tone_too() -> None:
    (tone,) = tones_part(chunk(events=[event(4_000, 800, 11)]), show_digits=True).tones
    assert (tone.symbol, tone.source, tone.start_s, tone.duration_s, tone.level_dbm0) == ("#", "rfc4733", 0.5, 0.1, -10)


@pytest.mark.parametrize("told_at", [3_400, 4_000, 4_600])
def test_a_key_both_heard_and_told_counts_once_as_told(told_at: int) -> None:
    (tone,) = tones_part(chunk(run(pressed(4_000)), events=[event(told_at, 800)]), show_digits=True).tones
    assert (tone.symbol, tone.source) == ("5", "rfc4733")


def test_the_same_key_elsewhere_and_another_key_count_by_themselves() -> None:
    part = tones_part(chunk(run(pressed(2_000, 12_000)), events=[event(2_000, 800), event(12_000, 800, 6)]))
    assert [tone.source for tone in part.tones].count("inband") == 1
    assert len(part.tones) == 3


def test_digits_are_masked_unless_asked_for() -> None:
    part = tones_part(chunk(run(pressed(4_000)), events=[event(12_000, 800, 1)]))
    assert [tone.symbol for tone in part.tones] == [MASK, MASK]
    assert part.tones[0].start_s < part.tones[1].start_s


def test_signals_are_not_masked() -> None:
    assert [tone.symbol for tone in tones_part(chunk(run(sine(1_100.0, samples=4_000), 2_000))).tones] == ["cng"]


@pytest.mark.parametrize("code", [16, 75, 255])
def test_events_that_mean_no_tone_are_left_out(code: int) -> None:
    assert tones_part(chunk(events=[event(0, 800, code)])).tones == []


@pytest.mark.parametrize(("code", "symbol"), [(32, "ced"), (35, "ansam_pr"), (36, "cng"), (54, "v21"), (72, "busy")])
def test_signals_that_are_told_have_the_names_of_those_that_are_heard(code: int, symbol: str) -> None:
    (tone,) = tones_part(chunk(events=[event(0, 4_000, code)])).tones
    assert (tone.symbol, tone.source) == (symbol, "rfc4733")


def test_an_event_whose_ends_are_lost_does_not_go_on_for_ever() -> None:
    part = tones_part(chunk(events=[event(1_000, 800, ended=False), event(15_500, 400, 6, ended=False)]))
    assert [tone.continues for tone in part.tones] == [False, True]


def test_an_event_that_has_not_ended_continues() -> None:
    (tone,) = tones_part(chunk(events=[event(15_000, 900, ended=False, continued=True)])).tones
    assert (tone.continued, tone.continues) == (True, True)


def test_a_key_that_began_in_the_chunk_before_is_continued() -> None:
    pcm = np.zeros(CHUNK_SAMPLES, np.int16)
    pcm[:400] = sine(*FIVE, samples=400)
    lead = np.zeros(LEAD_IN_SAMPLES, np.int16)
    lead[-600:] = sine(*FIVE, samples=600)
    (tone,) = tones_part(chunk(run(pcm), lead_in=[run(lead, -LEAD_IN_SAMPLES)])).tones
    assert tone.continued
    assert tone.start_s < 0


def test_broken_audio_is_an_error_in_the_part() -> None:
    part = tones_part(chunk(Run(start=0, length=5, encoding="pcmu", data=b"")))
    assert part.tones == []
    assert part.error is not None
    assert part.error.startswith("ValueError: run of 5 samples")


def spoken(
    pcm: np.ndarray[tuple[int], np.dtype[np.int16]], packets: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> list[Run]:
    """Runs of those packets of 20 ms that came."""
    edges = np.flatnonzero(np.diff(packets, prepend=False, append=False)) * 160
    return [run(pcm[a:b], a) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


@pytest.mark.parametrize("lost", [0, 1])
@pytest.mark.parametrize("comfort_noise", [False, True])
def test_pauses_that_a_sender_does_not_send_are_pauses(lost: int, comfort_noise: bool) -> None:
    pcm = busy(CHUNK_SAMPLES, "de")
    sent = np.abs(pcm.reshape(-1, 160)).max(axis=1) > 100
    sounding = int(np.flatnonzero(sent)[12])
    came = sent.copy()
    came[sounding] = not lost
    runs = spoken(pcm, came)
    if comfort_noise:
        quiet = np.flatnonzero(np.diff(sent, prepend=True, append=True)) * 160
        spans = zip(quiet[::2].tolist(), quiet[1::2].tolist(), strict=True)
        runs += [Run(start=a, length=b - a, encoding="comfort_noise", data=b"\x46") for a, b in spans]
    made = chunk(*runs)
    made.head = msgspec.structs.replace(made.head, lost=lost, received=int(came.sum()))
    assert {tone.symbol for tone in tones_part(made).tones} == {"busy"}


def test_a_tone_with_a_packet_lost_is_one_tone() -> None:
    came = np.ones(100, np.bool_)
    came[45] = False
    made = chunk(*spoken(sine(2_100.0), came))
    made.head = msgspec.structs.replace(made.head, lost=1, received=99)
    (tone,) = tones_part(made).tones
    assert tone.symbol == "ced"
    assert tone.duration_s > 1.9
