"""Since when to look."""

import contextlib
import time
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.look import LookError
from streams.look.sections import step_of, timeline
from streams.look.span import clock_time, since_ms
from streams.look.words import duration

NOW = 1_700_000_000_000


@pytest.fixture
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "ago_s"), [("90s", 90), ("10m", 600), ("24h", 86_400), ("7d", 604_800), (" 2H ", 7_200)]
)
def test_a_span_counts_back_from_now(text: str, ago_s: int) -> None:
    assert since_ms(text, NOW) == NOW - 1000 * ago_s


@pytest.mark.usefixtures("_in_berlin")
def test_days_and_times_are_local() -> None:
    assert datetime.fromtimestamp(since_ms("today", NOW) / 1000).isoformat() == "2023-11-14T00:00:00"
    assert datetime.fromtimestamp(since_ms("2023-11-01T09:30", NOW) / 1000).isoformat() == "2023-11-01T09:30:00"
    assert since_ms("2023-11-01T09:30+00:00", NOW) == 1_698_831_000_000
    assert clock_time(NOW) == "23:13:20"


@given(st.text(max_size=30))
def test_any_other_words_are_refused_and_nothing_else_happens(text: str) -> None:
    with contextlib.suppress(LookError):
        assert isinstance(since_ms(text, NOW), int)


@pytest.mark.parametrize("text", ["", "yesterday", "10", "-5m", "999999999d", "1e3h", "2023-13-01"])
def test_words_that_mean_no_time_are_told(text: str) -> None:
    with pytest.raises(LookError, match="no time to look back to"):
        since_ms(text, NOW)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 59_000), (5, 86_400_000), (0, 40 * 86_400_000)])
def test_a_timeline_has_few_round_steps_and_forgets_no_call(first: int, last: int) -> None:
    step = step_of(first, last)
    line = timeline(first, last, step, {0: (3, 1), 1: (2, 0), 10**9: (4, 4)})
    assert 1 <= len(line.steps) <= 48
    assert sum(each.calls for each in line.steps) == 9
    assert sum(each.flagged for each in line.steps) == 5
    assert duration(step).split()[1] in ("s", "min", "h", "d")
