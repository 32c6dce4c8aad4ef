"""What the demo tells of its campaign."""

from streams.demo.hearings import changes_in_words
from streams.simulate.plan import Hearing


def test_changes_are_told_in_words() -> None:
    changed = Hearing(campaign="a", number=2, gain_db=-6.2, cut_s=1.24, speed=1.03, noise_dbfs=-50.0, codec="gsm")
    assert changes_in_words(changed) == "-6 dB, 3 % faster, begins 1.2 s in, noise at -50 dBFS, through GSM"
    assert changes_in_words(Hearing(campaign="a", number=3, cut_s=-0.5, speed=0.96)) == (
        "4 % slower, 0.5 s of silence first"
    )


def test_a_recording_that_nobody_changed_is_as_it_was() -> None:
    assert changes_in_words(Hearing(campaign="a", number=1, cut_s=0.01)) == "as it was recorded"
