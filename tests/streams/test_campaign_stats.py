"""``callsieve campaigns stats``: from a store to what people see."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from analytics_world import HOUR, NOON, at, entry, feed_entries, fill
from command import Command
from rich.console import Console

from streams.look.replays import ReplayStats, replay_stats
from streams.look.replays_page import stats_page
from streams.look.replays_view import after, stats_view
from streams.store import Store, open_store
from streams.store.migrations import migrate


def told(store: Store) -> ReplayStats:
    feed_entries(
        store,
        (11, entry("ann", campaign="c1"), entry("ann")),
        (200, entry("ann", campaign="c1", state="disabled", actor="person:me", reason="<a school>"), entry("ann")),
    )
    fill(store)
    return replay_stats(store, since_ms=NOON - HOUR, now_ms=NOON + 4 * HOUR, step_ms=HOUR)


def shown(stats: ReplayStats) -> str:
    console = Console(width=120, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(stats_view(stats))
    return console.export_text()


@pytest.mark.slow
def test_what_is_told_adds_up(store: Store) -> None:
    stats = told(store)
    assert (stats.calls, stats.calls_touched, stats.step_ms) == (7, 6, HOUR)
    assert [(each.campaign, each.entry_s is None, each.block_s) for each in stats.delays] == [
        ("c1", False, (at("c3") + 4000 - at("c1") - 2000) / 1000),
        ("d1", True, None),
    ]
    assert [(step.calls, step.flagged) for step in stats.over_time().steps] == [(5, 4), (0, 0), (2, 2)]
    assert [(step.calls, step.flagged) for step in stats.callers_of("c1")] == [(1, 1), (0, 0), (1, 1)]
    assert stats.callers_of("none") == []
    assert [each.doubt for each in stats.doubts] == ["turned off"]
    long = replay_stats(store, since_ms=NOON - 100 * HOUR, now_ms=NOON + 4 * HOUR)
    assert (long.step_ms, long.calls_touched) == (6 * HOUR, 6)


@pytest.mark.slow
def test_a_terminal_tells_all_sections_and_an_empty_span_says_so(store: Store) -> None:
    view = shown(told(store))
    for words in ("6 of 7 calls touched (86%)", "c1", "2.1 h", "north", "not told", "turned off", "<a school>", "bob"):
        assert words in view
    assert "no campaign" in shown(replay_stats(store, since_ms=0, now_ms=1000))


@pytest.mark.slow
def test_the_page_is_whole_and_repeats_no_tags_of_records(store: Store) -> None:
    class Balanced(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in ("meta", "rect", "line", "i", "br"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            if tag in self.open:
                assert self.open.pop() == tag

    page, balanced = stats_page(told(store)), Balanced()
    balanced.feed(page)
    assert "<a school>" not in page
    assert "Stopped calls that passed the voice menu" in page
    assert "callers, 1 new" in page
    assert "No recording was heard" in stats_page(replay_stats(store, since_ms=0, now_ms=1000))


def test_how_long_after_is_told_in_the_unit_that_reads_best() -> None:
    assert [after(seconds) for seconds in (None, 3.0, 600.0, 36_000.0, 400_000.0)] == [
        "-", "3.0 s", "10.0 min", "10.0 h", "4.6 d",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_command_writes_what_is_asked_for(command: Command, tmp_path: Path) -> None:
    url = f"chdb://{tmp_path}/store"
    opened = open_store(url)
    migrate(opened)
    fill(opened)
    opened.close()
    since = ("--since", "2023-11-15", "--store", url)
    assert "calls touched" in command("campaigns", "stats", *since).out
    found = json.loads(command("campaigns", "stats", *since, "--format", "json").out)
    assert {each["campaign"] for each in found["delays"]} == {"c1", "d1"}
    said = command("campaigns", "stats", *since, "--html", tmp_path / "c.html")
    assert said.out.startswith("6 of 7 calls in campaigns")
    assert (tmp_path / "c.html").read_text().startswith("<!doctype html>")
