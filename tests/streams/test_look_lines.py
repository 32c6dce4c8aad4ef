"""A verdict as a line and as an object."""

import msgspec
import pytest
from look_world import make_tone, make_verdict
from rich.console import Console

from schemas.records import Passage, ReplayPart
from streams.look.lines import VerdictLines, live_object, painters, verdict_object

REPLAY = ReplayPart(campaign="abcdefghijkl", call_id="d", score=0.5)


@pytest.mark.parametrize("width", [1, 60, 80, 200])
def test_a_line_stays_within_the_terminal(width: int) -> None:
    lines = VerdictLines(width=width)
    verdict = make_verdict(reasons=["a reason as long as a line"] * 9, label="a label that is much longer than any")
    assert len(lines.heading) <= width
    if width >= 60:
        assert len(lines.line(verdict)) <= width


def test_columns_stand_under_their_names() -> None:
    lines = VerdictLines()
    line = lines.line(make_verdict("abcdefghijkl", chunk=40, label="dead_air", action="tag", cause="replay"))
    for word, name in (("abcdefgh ", "call"), ("call ", "scope"), ("replay", "cause"), ("dead_air", "label")):
        assert line.index(word) == lines.heading.index(name)
    assert line.index("tag") == lines.heading.index("action")
    assert " 1:20 " in line


def test_a_line_tells_tones_campaign_loss_and_dry_run() -> None:
    verdict = make_verdict(
        tones=[make_tone("5"), make_tone("cng"), make_tone("9", continued=True)],
        replay=REPLAY, coverage=0.5, dry_run=True, reasons=["because"],
    )  # fmt: skip
    assert VerdictLines().line(verdict).endswith("dry run; ? cng; campaign abcdefgh; 50% received; because")


def test_a_mixed_chunk_tells_its_passages() -> None:
    first = Passage(label="ringback", start_s=0.0, duration_s=1.2, probability=0.98)
    mixed = make_verdict(passages=[first, Passage(label="speech", start_s=1.2, duration_s=0.8, probability=0.91)])
    assert "ringback then speech" in VerdictLines().line(mixed)
    assert verdict_object(mixed, unmask=False)["passages"] == [
        {"label": "ringback", "start_s": 0.0, "duration_s": 1.2, "probability": 0.98},
        {"label": "speech", "start_s": 1.2, "duration_s": 0.8, "probability": 0.91},
    ]
    assert verdict_object(make_verdict(), unmask=False)["passages"] == []


def test_digits_are_masked_unless_asked_for() -> None:
    verdict = make_verdict(tones=[make_tone("5"), make_tone("cng")])
    assert [tone["symbol"] for tone in verdict_object(verdict, unmask=False)["tones"]] == ["?", "cng"]
    assert [tone["symbol"] for tone in verdict_object(verdict, unmask=True)["tones"]] == ["5", "cng"]
    assert "5" in VerdictLines(unmask=True).line(verdict).split()


def test_nothing_of_a_record_steers_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;owned\x07\r\n"
    verdict = make_verdict(evil, label=evil, reasons=[evil], tones=[make_tone(evil)])
    line = VerdictLines().line(verdict)
    assert line.isprintable()


@pytest.mark.parametrize("moment", [-(2**62), 2**62])
def test_a_moment_that_no_calendar_has_is_dashes(moment: int) -> None:
    assert VerdictLines().line(make_verdict(captured_ms=moment)).startswith("-------- ")


def test_an_action_has_its_colour_on_a_terminal_alone() -> None:
    block = make_verdict(action="block")
    coloured = VerdictLines(colours=painters(Console(force_terminal=True, color_system="standard"))).line(block)
    assert "\x1b[1;31mblock\x1b[0m" in coloured
    plain = VerdictLines(colours=painters(Console(force_terminal=False, color_system=None))).line(block)
    assert coloured.replace("\x1b[1;31m", "").replace("\x1b[0m", "") == plain


def test_a_live_object_can_be_written_and_has_the_record_s_names() -> None:
    verdict = make_verdict(replay=REPLAY)
    found = live_object(verdict, unmask=False)
    assert set(found) <= set(msgspec.to_builtins(verdict))
    assert found["id"] == verdict.id
    assert msgspec.json.decode(msgspec.json.encode(found)) == found
