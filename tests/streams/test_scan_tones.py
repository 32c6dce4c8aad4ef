"""What scan lists of a call's tones."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from command import Command
from look_world import make_tone, make_verdict
from msgspec.structs import replace

from models.sounds import tones
from schemas.records import Tone, Verdict
from streams.scan.report import MOST_TONES, stretches
from streams.scan.tones import alike, call_tones
from streams.simulate.pcapfile import write_pcap
from streams.simulate.planning import plan_calls
from streams.simulate.sound import caller_sound


def heard(*chunks: list[Tone]) -> list[Verdict]:
    return [make_verdict(chunk=number, scope="chunk", tones=found) for number, found in enumerate(chunks)]


def test_a_tone_over_three_chunks_is_one_with_its_whole_length() -> None:
    (tone,) = call_tones(
        heard(
            [make_tone("ced", start_s=1.0, duration_s=1.0, continues=True)],
            [make_tone("ced", start_s=-0.128, duration_s=2.128, continued=True, continues=True)],
            [make_tone("ced", start_s=-0.128, duration_s=0.628, continued=True)],
        )
    )
    assert (tone.symbol, tone.start_s, round(tone.duration_s, 3)) == ("ced", 1.0, 3.5)


def test_a_tone_has_the_name_of_its_longer_piece() -> None:
    (tone,) = call_tones(
        heard(
            [make_tone("ced", start_s=1.7, duration_s=0.3, continues=True)],
            [make_tone("ansam_pr", start_s=-0.128, duration_s=2.128, continued=True, continues=True)],
            [make_tone("ced", start_s=-0.128, duration_s=0.228, continued=True)],
        )
    )
    assert (tone.symbol, tone.start_s, round(tone.end_s, 3)) == ("ansam_pr", 1.7, 4.1)


def test_a_key_held_for_seconds_is_one() -> None:
    (tone,) = call_tones(
        heard(
            [make_tone("5", start_s=1.0, duration_s=1.0, source="rfc4733")],
            [make_tone("5", start_s=-1.0, duration_s=3.0, source="rfc4733", continued=True)],
            [make_tone("5", start_s=-3.0, duration_s=3.5, source="rfc4733", continued=True)],
        )
    )
    assert (tone.start_s, tone.end_s) == (1.0, 4.5)


def test_a_key_that_leaked_before_its_event_is_one() -> None:
    (tone,) = call_tones(
        heard(
            [make_tone("5", start_s=1.94, duration_s=0.05)],
            [make_tone("5", start_s=0.0, duration_s=0.1, source="rfc4733", continued=True)],
        )
    )
    assert (tone.start_s, round(tone.end_s, 3), tone.source) == (1.94, 2.1, "inband")


def test_bursts_of_a_signal_are_one_row_and_keys_a_row_each() -> None:
    found = call_tones(heard([make_tone("5"), make_tone("5", start_s=0.5), make_tone("busy"), make_tone("busy")]))
    assert [[one.symbol for one in group] for group in alike(found)] == [["5"], ["5"], ["busy", "busy"]]
    (stretch,) = stretches(
        heard([make_tone("5"), make_tone("5"), make_tone("#"), make_tone("busy"), make_tone("busy")])
    )
    assert stretch.tones == ["55#", "busy x2"]


def test_the_table_tells_time_length_and_level_of_each_key(command: Command, tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(4_000, np.int16), tones.dtmf("15", 0.2, 0.3, -10.0), np.zeros(8_000, np.int16)])
    sf.write(tmp_path / "keys.wav", sound, 8_000)
    lines = [line.split() for line in command("scan", "--no-replay", tmp_path).out.splitlines()]
    rows = [line for line in lines if line[-2:] == ["in", "band"]]
    assert [(row[0], round(float(row[1]), 1), round(float(row[3]), 1)) for row in rows] == [
        ("1", 0.5, 0.2),
        ("5", 1.0, 0.2),
    ]
    assert [abs(float(row[5]) + 7.0) < 1.0 for row in rows] == [True, True]


def test_a_card_index_of_keys_does_not_fill_the_screen(command: Command, tmp_path: Path) -> None:
    sf.write(tmp_path / "many.wav", tones.dtmf("159#" * 20, 0.08, 0.08), 8_000)
    out = command("scan", "--no-replay", tmp_path).out
    assert out.count("in band") == MOST_TONES
    assert "and 20 more" in out


@pytest.mark.slow
def test_each_key_counts_once_whichever_way_a_gateway_sends_it(command: Command, tmp_path: Path) -> None:
    plan = plan_calls(5, 16, mix={"dtmf": 1.0}, spread_s=20.0)
    write_pcap(tmp_path / "keys.pcap", plan)
    said = command("scan", "--no-replay", "--format", "jsonl", tmp_path / "keys.pcap")
    told = {one["sip_call_id"]: one for one in said.of_scope("call")}
    ways = set()
    for call in plan.calls:
        one = told[call.sip_call_id]
        keys = "".join(key.digit for key in caller_sound(5, replace(call, variant="rfc4733")).keys)
        assert "".join(tone["symbol"] for tone in one["tones"]) == keys, call.variant
        assert one["label"] == "dtmf"
        ways.add(call.variant)
    assert ways == {"inband", "rfc4733", "both", "leaked"}
