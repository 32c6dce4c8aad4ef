import numpy as np
import pytest

from models.evidence import Evidence
from models.rules import judge_by_rule


def heard(**changes: object) -> Evidence:
    known: dict[str, object] = {
        "bases": np.zeros((3, 129), np.float32),
        "singular_values": np.zeros(3, np.float32),
        "rms_dbfs": -30.0,
        "peak_dbfs": -15.0,
        "loudest_frame_dbfs": -20.0,
        "quietest_frame_dbfs": -60.0,
        "silence_code_share": 0.1,
        "comfort_noise_share": 0.0,
        "coverage": 1.0,
        "tone_shares": {},
    }
    return Evidence(**(known | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "label", "reason"),
    [
        ({"coverage": 0.0}, "no_media", "no_media"),
        ({"coverage": 0.24}, "undecided", "low_coverage"),
        ({"coverage": 0.2, "comfort_noise_share": 0.15}, "comfort_noise", "comfort_noise"),
        ({"comfort_noise_share": 0.51}, "comfort_noise", "comfort_noise"),
        (
            {"comfort_noise_share": 0.7, "quietest_frame_dbfs": -25.0, "tone_shares": {"tone": 0.28}},
            "ringback",
            "lone_tone",
        ),
        (
            {"comfort_noise_share": 0.7, "quietest_frame_dbfs": -25.0, "tone_shares": {"tone": 0.2}},
            "comfort_noise",
            "comfort_noise",
        ),
        ({"comfort_noise_share": 0.8, "tone_shares": {"dtmf": 0.1}}, "comfort_noise", "comfort_noise"),
        ({"silence_code_share": 0.96, "tone_shares": {"dtmf": 0.04}}, "dtmf", "keys_in_silence"),
        ({"rms_dbfs": -60.0, "tone_shares": {"dtmf": 0.1}}, "dtmf", "keys_told"),
        ({"silence_code_share": 0.95}, "digital_silence", "silence_codes"),
        ({"tone_shares": {"fax": 0.01}}, "fax", "fax_tone"),
        ({"tone_shares": {"fax": 0.1, "modem": 0.4}}, "fax", "fax_tone"),
        ({"tone_shares": {"modem": 0.4}}, "modem", "modem_tone"),
        ({"comfort_noise_share": 0.8, "tone_shares": {"beep": 0.2}}, "comfort_noise", "comfort_noise"),
        ({"tone_shares": {"sit": 0.3, "busy": 0.2}}, "sit", "sit_tone"),
        ({"tone_shares": {"busy": 0.5, "ringback": 0.1}}, "busy", "busy_tone"),
        ({"tone_shares": {"ringback": 1.0}}, "ringback", "ringback_tone"),
        ({"tone_shares": {"dial": 1.0}}, "undecided", "dial_tone"),
        ({"tone_shares": {"tone": 0.2}, "quietest_frame_dbfs": -70.0}, "ringback", "lone_tone"),
        ({"tone_shares": {"dtmf": 0.05}, "coverage": 0.0}, "dtmf", "events_only"),
        ({"tone_shares": {"fax": 0.2}, "coverage": 0.1}, "fax", "fax_tone"),
    ],
)
def test_what_follows_from_a_definition_is_told_by_rule(changes: dict[str, object], label: str, reason: str):
    judged = judge_by_rule(heard(**changes))
    assert judged is not None
    assert (judged[0], judged[2]) == (label, [reason])
    assert 0.0 < judged[1] <= 1.0


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"coverage": 0.25},
        {"silence_code_share": 0.949},
        {"comfort_noise_share": 0.5},
        {"tone_shares": {"dtmf": 0.5}},
        {"tone_shares": {"beep": 0.3}, "quietest_frame_dbfs": -70.0},
        {"tone_shares": {"test": 0.3}, "quietest_frame_dbfs": -70.0},
        {"tone_shares": {"tone": 0.2}, "quietest_frame_dbfs": -30.0},
    ],
)
def test_the_rest_is_left_to_hearing(changes: dict[str, object]):
    assert judge_by_rule(heard(**changes)) is None
