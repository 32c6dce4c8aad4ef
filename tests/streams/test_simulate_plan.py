"""Plans and truth of simulated calls: what follows from a seed before any sound is made."""

from collections import Counter
from itertools import pairwise

import msgspec
import pytest

from models.sounds.tones import COUNTRIES
from schemas.ids import call_id_of_sip
from streams.simulate.kinds import KINDS, labels_of, shared_out
from streams.simulate.planning import BEGIN_US, HEARD_BEFORE_S, plan_calls
from streams.simulate.truth import Truth, chunks_of, truth_of, write_truth

SECOND_US = 1_000_000


def test_the_same_seed_plans_the_same_calls():
    assert plan_calls(5, 40) == plan_calls(5, 40)


def test_another_seed_plans_other_calls():
    first, second = plan_calls(5, 40), plan_calls(6, 40)
    assert not {call.sip_call_id for call in first.calls} & {call.sip_call_id for call in second.calls}
    assert [call.start_us for call in first.calls] != [call.start_us for call in second.calls]


def test_sixty_calls_hold_every_kind_at_least_three_times():
    kinds = Counter(call.kind for call in plan_calls(1).calls)
    assert sum(kinds.values()) == 60
    assert {kind: kinds[kind] for kind in KINDS if kinds[kind] < 3} == {}


def test_sixty_calls_hold_the_streams_that_change_on_their_way():
    calls = plan_calls(1).calls
    assert any(call.switch_law_at for call in calls)
    assert any(call.new_ssrc_at for call in calls)
    assert any(call.early_media for call in calls)
    assert any(call.dtx for call in calls if call.kind == "speech")
    assert {call.variant for call in calls if call.kind == "dtmf"} == {"inband", "rfc4733", "both", "leaked"}
    assert {call.variant for call in calls if call.kind == "fax"} == {"cng", "ced"}
    assert {call.variant for call in calls if call.kind == "no_media"} == {"answered", "cancelled"}
    assert len({call.variant for call in calls if call.kind == "ringback"}) >= 3


def test_other_seeds_bring_the_tones_of_other_countries():
    assert {call.variant for seed in range(6) for call in plan_calls(seed).calls if call.kind == "busy"} == set(
        COUNTRIES
    )


def test_calls_are_in_order_of_start_and_overlap():
    calls = plan_calls(2, 60, spread_s=60).calls
    assert [call.index for call in calls] == list(range(60))
    assert all(before.start_us <= after.start_us for before, after in pairwise(calls))
    assert sum(after.start_us < before.start_us + before.hangs_up_us for before, after in pairwise(calls)) > 50
    assert all(call.start_us >= BEGIN_US for call in calls)


def test_audio_lasts_as_long_as_asked():
    for call in plan_calls(3, 100, seconds_per_call=(9.0, 12.0)).calls:
        assert 8.9 <= call.lasting_us / SECOND_US <= 12.1
        assert call.packets == 0 or call.packets * call.packet_samples * SECOND_US == call.lasting_us * 8000


@pytest.mark.parametrize("seed", range(20))
def test_a_message_is_heard_to_its_end_before_it_is_heard_again(seed):
    hearings = [call for call in plan_calls(seed, 60, spread_s=20).calls if call.kind == "campaign"]
    first = hearings[0]
    assert [call.hearing.number for call in hearings] == list(range(1, 9))
    assert first.planted
    assert first.labels == ("speech",)
    assert all(call.labels == ("recording",) for call in hearings[1:])
    heard_us = first.start_us + first.hangs_up_us + round(HEARD_BEFORE_S * SECOND_US)
    assert all(call.start_us >= heard_us for call in hearings[1:])


def test_one_caller_is_planted_and_only_plays_the_message():
    plan = plan_calls(4)
    assert plan.planted_caller is not None
    mine = [call for call in plan.calls if call.caller == plan.planted_caller]
    assert len(mine) >= 4
    assert all(call.planted and call.kind == "campaign" for call in mine)
    others = [call.caller for call in plan.calls if call.kind == "campaign" and not call.planted]
    assert len(others) >= 2
    assert len(set(others)) == len(others)


def test_a_decoy_phones_as_often_and_is_not_planted():
    decoys = Counter(call.caller for call in plan_calls(4).calls if call.kind == "decoy")
    assert list(decoys.values()) == [4]
    assert not any(call.planted for call in plan_calls(4).calls if call.kind == "decoy")


def test_nobody_is_planted_where_the_campaign_is_too_small():
    assert plan_calls(1, 5, mix={"campaign": 1}).planted_caller is None
    assert plan_calls(1, 60, mix={"speech": 1}).planted_caller is None


def test_numbers_are_e164():
    for call in plan_calls(8, 200).calls:
        for number in (call.caller, call.callee):
            assert number[0] == "+"
            assert number[1:].isdecimal()
            assert 10 <= len(number) - 1 <= 15


def test_a_mix_is_shared_out_to_the_last_call():
    counts = shared_out(7, {"speech": 2.0, "fax": 1.0})
    assert counts["speech"] == 5
    assert counts["fax"] == 2
    assert sum(counts.values()) == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": 0},
        {"seed": -1},
        {"seconds_per_call": (1.0, 5.0)},
        {"seconds_per_call": (9.0, 8.0)},
        {"spread_s": -1.0},
        {"begin_us": -1},
        {"heard_before_s": -1.0},
        {"mix": {}},
        {"mix": {"speech": -1.0, "fax": 2.0}},
        {"mix": {"yodelling": 1.0}},
    ],
)
def test_arguments_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not|no such|zero"):
        plan_calls(**{"seed": 1, "calls": 10, **wrong})


def test_each_kind_has_labels_with_the_exact_one_first():
    assert labels_of("dead_air") == ("dead_air",)
    assert labels_of("idle_codes") == ("digital_silence",)
    assert labels_of("speech_dtmf") == ("speech", "dtmf")
    assert labels_of("campaign", hearing=1) == ("speech",)
    assert labels_of("campaign", hearing=2) == ("recording",)


def test_truth_says_what_the_plan_says():
    plan = plan_calls(9)
    truth = truth_of(plan)
    assert (truth.seed, truth.planted_caller, len(truth.calls)) == (9, plan.planted_caller, 60)
    for call, told in zip(plan.calls, truth.calls, strict=True):
        assert told.call_id == call.call_id == call_id_of_sip(call.sip_call_id, call.from_tag)
        assert sum(told.streams) == call.packets * call.packet_samples
        assert len(told.streams) == (0 if call.kind == "no_media" else 2 if call.new_ssrc_at else 1)
        assert told.chunks == sum(-(-samples // 16_000) for samples in told.streams)
    assert len(truth.by_call_id()) == 60
    assert truth.kinds()["campaign"] == 8


def test_chunks_are_counted_to_the_begun_one():
    assert [chunks_of(samples) for samples in (0, 1, 16_000, 16_001)] == [0, 1, 1, 2]


def test_a_truth_file_reads_as_it_was_written(tmp_path):
    written = write_truth(tmp_path / "truth.json", plan_calls(10, 30))
    assert msgspec.json.decode((tmp_path / "truth.json").read_bytes(), type=Truth) == written
