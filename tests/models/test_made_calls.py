"""Made calls: what happens in them, and what is counted of what was made of them."""

import numpy as np
import pytest

from models.call_state import ChunkLabel
from models.evaluation.calls.calls import MadeCall
from models.evaluation.calls.followed import FollowedCall, Step, figures
from models.evaluation.calls.material import Sound
from models.evaluation.calls.scripts import KINDS, LONGEST_S, SHORTEST_S, Script, Stretch, write_script

NOTHING = Sound(np.zeros((0, 160), np.uint8), np.zeros(0, np.uint8), ())
QUIET_THEN_SPEECH = Script(
    "dead air, speech from 3 s", (Stretch("dead_air", 3.2, "dead_air"), Stretch("speech", 5, "speech"))
)


def followed(script: Script, *told: tuple[str, str]) -> FollowedCall:
    steps = [Step(2.0 * (place + 1), label, action) for place, (label, action) in enumerate(told)]
    return FollowedCall(MadeCall(0, script, "pcmu", NOTHING), [ChunkLabel(label, 1.0) for label, _ in told], steps)


@pytest.mark.parametrize("kind", KINDS)
def test_calls_of_every_kind_last_six_to_twenty_seconds_and_are_drawn_alike_from_a_seed(kind: str) -> None:
    for seed in range(5):
        script = write_script(np.random.default_rng(seed), kind)
        assert script == write_script(np.random.default_rng(seed), kind)
        assert SHORTEST_S - 1e-9 <= sum(part.seconds for part in script.stretches) <= LONGEST_S + 5.0


def test_speech_begins_when_the_kind_says() -> None:
    script = write_script(np.random.default_rng(1), "digital silence, speech from 5 s")
    assert [part.sound for part in script.stretches] == ["digital_silence", "speech"]
    assert 5.0 <= script.stretches[0].seconds <= 5.5


def test_a_call_is_what_has_sounded_in_it_for_half_a_second() -> None:
    made = followed(QUIET_THEN_SPEECH).made
    assert [made.truth(second) for second in (2.0, 3.6, 3.7, 8.0)] == ["dead_air", "dead_air", "speech", "speech"]
    assert made.turns_s == 3.2


def test_the_wait_is_from_the_turn_to_the_first_right_verdict() -> None:
    call = followed(QUIET_THEN_SPEECH, ("dead_air", "allow"), ("dead_air", "allow"), ("speech", "allow"))
    assert call.wait_s == pytest.approx(2.8)
    assert call.right == [True, False, True]
    assert followed(QUIET_THEN_SPEECH, ("dead_air", "allow")).wait_s == float("inf")


def test_a_challenge_before_anybody_spoke_is_no_mistake_and_one_after_is() -> None:
    early = followed(QUIET_THEN_SPEECH, ("dead_air", "challenge"), ("speech", "allow"))
    late = followed(QUIET_THEN_SPEECH, ("dead_air", "allow"), ("dead_air", "challenge"))
    blocked = followed(QUIET_THEN_SPEECH, ("dead_air", "block"))
    found = figures("all", [early, late, blocked])
    assert (found.waited, found.acted, found.blocked, found.settled) == (2, 1, 1, 1)


def test_a_call_without_a_talker_is_wrongly_acted_on_by_another_label() -> None:
    fax = Script("fax", (Stretch("cng", 6.0, "fax"),))
    assert figures("fax", [followed(fax, ("modem", "divert"), ("fax", "divert"))]).acted == 0
    assert figures("fax", [followed(fax, ("dead_air", "challenge"))]).acted == 1
