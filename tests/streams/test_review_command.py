"""What ``callsieve review`` says before a store is asked."""

from pathlib import Path
from typing import get_args

from command import Command

from streams.cli.review import Label
from streams.learning.reviews import LEARNT


def test_a_label_that_is_not_learnt_is_refused_first_and_the_learnt_ones_are_named(
    command: Command, tmp_path: Path
) -> None:
    said = command("review", "accept", "abc", "--label", "banana", "--store", f"chdb://{tmp_path}/none")
    assert said.status == 2
    assert "banana" in said.err
    for words in (said.err, command("review", "accept", "--help").out):
        assert all(label in "".join(words.split()) for label in ("dead_air", "noise", "speech"))


def test_the_choices_are_what_is_learnt() -> None:
    assert {*get_args(Label)} == {*LEARNT}
