"""The report and the campaigns, from a store through each door to what people see."""

from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from look_world import NOON, fill, make_tone, make_verdict
from rich.console import Console

from schemas.records import Facts, Features, TonesPart
from streams.learning.drift import Drift, HourDrift
from streams.look import LookError
from streams.look.campaigns import campaign_story, campaigns
from streams.look.charts import ticks
from streams.look.page import report_page
from streams.look.report import Report, make_report
from streams.look.sections import LabelCount
from streams.look.terminal import report_view, story_view
from streams.sink import SinkCore
from streams.store import Store
from streams.store.base import day_of

NOW = NOON + 60_000


def report_of(store: Store, since_ms: int = NOON - 1000, **changes: Any) -> Report:
    found = make_report(store, since_ms=since_ms, now_ms=NOW, dead_letters={"call.verdicts": 7})
    return msgspec.structs.replace(found, **changes)


def shown(view: Any, width: int = 100) -> str:
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(view)
    return console.export_text()


def test_a_report_counts_calls_once_by_their_current_verdict(store: Store) -> None:
    fill(store)
    fill(store)  # all of it came twice
    report = report_of(store)
    assert (report.totals.calls, report.totals.callers, report.totals.flagged) == (4, 3, 2)
    assert [(each.label, each.action, each.calls) for each in report.labels] == [
        ("speech", "allow", 2),
        ("dead_air", "challenge", 1),
        ("recording", "challenge", 1),
    ]
    assert [(each.label, each.cause, each.calls) for each in report.spam_types] == [
        ("dead_air", "audio", 1),
        ("recording", "replay", 1),
    ]
    assert sum(step.calls for step in report.over_time.steps) == 4
    assert [(each.campaign, each.calls, each.listed) for each in report.campaigns] == [("camp-1", 2, ("black caller",))]
    assert [(each.value, each.standing(NOW)) for each in report.new_entries] == [("hash-c", "in force")]
    assert [(each.label, each.ivr_result, each.calls) for each in report.outcomes] == [("speech", "passed", 1)]
    assert [(each.kind, each.calls, each.share) for each in report.unwanted] == [
        ("recording", 1, 0.5),
        ("silent", 1, 0.5),
    ]
    assert [(each.ended_by, each.passed, each.calls) for each in report.ended_by] == [("unknown", 1, 1)]
    assert [(each.label, each.share) for each in report.ended_by_of_labels] == [("speech", 1.0)]
    assert [(each.cause, each.verdicts, each.p50_ms) for each in report.latency] == [
        ("audio", 1, 100),
        ("replay", 1, 100),
    ]
    assert report.latency[0].stages["tap"] == (20, 20)
    assert report.newest_ms == NOON + 6000


def test_who_called_on_both_sides_of_two_rotations_is_one_caller(store: Store) -> None:
    fill(store)  # by hash-a, hash-b and hash-c twice; hash-c alone played the recording
    core = SinkCore()
    core.feed_verdict(make_verdict("call-5", caller="hash-c before"))
    core.feed_verdict(make_verdict("call-6", caller="hash-c long before"))
    core.write(store)
    member = {"campaign": "camp-1", "caller": "hash-c long before", "call_id": "call-6", "chunk": 0, "call": 6}
    member |= {"heard_ms": NOON, "captured_date": day_of(NOON)}
    store.insert("campaign_calls", {name: [value] for name, value in member.items()})
    aliases = {"old_caller": ["hash-c long before", "hash-c before"], "caller": ["hash-c before", "hash-c"]}
    store.insert("caller_aliases", aliases | {"captured_date": [day_of(NOON)] * 2})
    report = report_of(store)
    assert (report.totals.calls, report.totals.callers) == (6, 3)
    assert [each.callers for each in report.labels if each.label == "speech"] == [2]
    assert (report.campaigns[0].calls, report.campaigns[0].callers) == (3, 1)


def test_who_withheld_the_number_is_no_caller(store: Store) -> None:
    core = SinkCore()
    core.feed_verdict(make_verdict(facts=Facts(direction="caller", opened_ms=NOON, tap_id="tap")))
    core.write(store)
    report = report_of(store)
    assert (report.totals.callers, [each.callers for each in report.labels]) == (0, [0])


def test_a_report_of_a_later_span_leaves_earlier_calls_out_and_names_the_newest(store: Store) -> None:
    fill(store)
    report = report_of(store, since_ms=NOW)
    assert report.totals.calls == 0
    assert (report.labels, report.campaigns, report.over_time.steps) == ([], [], [])
    assert "no calls; the newest verdict is of" in shown(report_view(report))
    assert "the newest verdict is of" in report_page(report)


def test_an_empty_store_is_told_as_such(store: Store) -> None:
    report = report_of(store)
    assert report.newest_ms is None
    assert "is a worker with the role sink running?" in shown(report_view(report))
    assert "no verdicts at all yet" in report_page(report)


def test_a_report_is_json_that_reads_back_the_same(store: Store) -> None:
    fill(store)
    report = report_of(store)
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_a_report_is_wider_than_the_terminal(store: Store, width: int) -> None:
    fill(store)
    report = report_of(store)
    story = campaign_story(store, "camp-1", now_ms=NOW)
    for view in (report_view(report), story_view(story, NOW)):
        text = shown(view, width)
        assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in shown(report_view(report), width)


def test_dead_letters_are_told_or_that_nothing_is_known_of_them(store: Store) -> None:
    assert "call.verdicts" in shown(report_view(report_of(store)))
    assert "Kafka does not answer" in shown(report_view(report_of(store, dead_letters=None)))
    assert "dead letters\nnone" in shown(report_view(report_of(store, dead_letters={})))


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "line", "rect"):
            self.open.append(tag)
        self.addresses += [name for name, _ in attrs if name in ("src", "href", "xlink:href", "action", "onload")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "line"):
            assert self.open.pop() == tag


def test_the_page_fetches_nothing_runs_nothing_and_is_well_formed(store: Store) -> None:
    fill(store)
    core = SinkCore()
    core.feed_features(Features(head=_head(), source_offset=0, features_ms=NOON, tones=TonesPart(tones=[make_tone()])))
    core.write(store)
    text = report_page(report_of(store))
    page = Page(text)
    assert page.open == []
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert "url(" not in text
    assert "@import" not in text
    assert "http" not in text
    assert page.tags.count("svg") >= 6
    assert "NaN" not in text


def _head() -> Any:
    from schemas.records import ChunkHead

    facts = make_verdict().facts
    return ChunkHead(
        stream_id="s", call_id="call-1", ssrc=1, anchor=0, tap_epoch=1, chunk=0, facts=facts, coverage=1.0,
        received=100, lost=0, jitter_ms=0.0, close_reason="complete", last=False, captured_ms=NOON, tapped_ms=NOON,
        closed_ms=NOON,
    )  # fmt: skip


def test_whatever_a_label_says_is_text_on_the_page(store: Store) -> None:
    evil = LabelCount(label='<script>"&', action='"><b>', calls=1, callers=1)
    text = report_page(report_of(store, labels=[evil], totals=report_of(store).totals))
    assert Page(text).open == []
    assert "script" not in Page(text).tags


def test_whatever_a_record_says_is_text_on_the_terminal(store: Store) -> None:
    fill(store)
    evil = "[/red] [b]x[/b] \x1b[2J :heart:"
    entry = report_of(store).new_entries[0]
    changed = msgspec.structs.replace(entry, reason=evil, kind=evil)
    labels = [LabelCount(label=evil, action="allow", calls=1, callers=1)]
    text = shown(report_view(report_of(store, labels=labels, new_entries=[changed])), 200)
    assert text.count("[/red] [b]x[/b] ?[2J :heart:") == 3


def test_a_campaign_shows_its_calls_what_matched_and_its_entries(store: Store) -> None:
    fill(store)
    story = campaign_story(store, "cam", now_ms=NOW)
    assert (story.campaign.calls, story.campaign.callers, story.campaign.chunks) == (2, 1, 3)
    first, second = story.members
    assert (first.call_id, first.chunks, first.label, first.matched_call_id) == ("call-3", 2, "speech", None)
    assert (second.call_id, second.caller, second.action) == ("call-4", "hash-c", "challenge")
    assert (second.matched_call_id, second.matched_chunk, second.offset_s) == ("call-3", 3, 1.5)
    assert [(each.scope, each.value) for each in story.entries] == [("caller", "hash-c")]
    assert sum(step.calls for step in story.timeline.steps) == 2
    text = shown(story_view(story, NOW), 120)
    assert "the first" in text
    assert "chunk 3 = call-3 at 1.5 s, score 0.90" in text


def test_a_campaign_that_is_none_or_several_is_told(store: Store) -> None:
    fill(store)
    store.insert(
        "campaign_calls",
        {"campaign": ["camp-2"], "caller": ["x"], "call_id": ["call-9"], "chunk": [0], "call": [9], "heard_ms": [NOON]},
    )
    with pytest.raises(LookError, match="no campaign's id begins with 'zz'"):
        campaign_story(store, "zz", now_ms=NOW)
    with pytest.raises(LookError, match=r"several campaigns.*camp-1, camp-2"):
        campaign_story(store, "camp", now_ms=NOW)
    assert campaign_story(store, "camp-2", now_ms=NOW).campaign.calls == 1


def test_an_entry_that_expired_lists_its_campaign_no_longer(store: Store) -> None:
    fill(store)
    assert campaigns(store, limit=5, now_ms=NOW)[0].listed == ("black caller",)
    late = NOON + 2_000_000
    assert campaigns(store, limit=5, now_ms=late)[0].listed == ()
    assert campaign_story(store, "camp-1", now_ms=late).entries[0].standing(late) == "expired"


@pytest.mark.parametrize("most", [0, 0.4, 1, 3, 7, 19, 20, 999, 1_234_567])
def test_ticks_are_few_and_reach_the_largest(most: float) -> None:
    marks = ticks(most)
    assert marks[0] == 0
    assert marks[-1] >= most
    assert 2 <= len(marks) <= 6


def test_drift_is_a_section_where_an_hour_tells_anything(store: Store) -> None:
    fill(store)
    hour = HourDrift(hour_ms=NOON, chunks=700, labelled=700, features={"a<b": 0.71, "c": 0.01}, labels=0.05)
    few = HourDrift(hour_ms=NOON, chunks=7, labelled=7, features=None, labels=None)
    found = Drift(since_ms=NOON, at_least=500, reference_chunks=900, reference_labelled=900, hours=[few])
    assert "drift" not in shown(report_view(report_of(store, drift=found)))
    report = report_of(store, drift=msgspec.structs.replace(found, hours=[few, hour]))
    text, page = shown(report_view(report)), report_page(report)
    assert "a<b 0.71" in text
    assert "Drift" in page
    assert "a&lt;b 0.71" in page
    assert "a<b" not in page
