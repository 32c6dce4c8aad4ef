"""How campaigns go, as one page of HTML: charts and tables, nothing fetched, no script."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from streams.look.charts import columns_chart, legend, rows_chart
from streams.look.page_style import PAGE
from streams.look.replays import ReplayStats
from streams.look.replays_view import after, trunks_of
from streams.look.sections import Timeline
from streams.look.span import clock_time
from streams.look.words import duration, share

MOMENT: Final = "%Y-%m-%d %H:%M"
SHORT: Final = 12
_TRUNK_CLASSES: Final = ("other", "window", "features", "classify", "unknown")  # the largest four, and the rest


def stats_page(stats: ReplayStats) -> str:
    """The whole page."""
    return PAGE.substitute(
        title=f"callsieve: campaigns since {clock_time(stats.since_ms, MOMENT)}",
        since=clock_time(stats.since_ms, MOMENT),
        made=clock_time(stats.made_ms, f"{MOMENT}:%S"),
        tiles="".join(_tiles(stats)),
        cards="".join(_cards(stats)),
    )


def _tiles(stats: ReplayStats) -> Iterator[str]:
    blocked = sum(step.challenged + step.blocked for step in stats.touched)
    doubted = len(stats.doubts) + sum(each.calls for each in stats.passed)
    for figure, words in (
        (f"{sum(step.new_campaigns for step in stats.by_step):,}", "campaigns heard"),
        (f"{stats.calls_touched:,}", f"calls in campaigns, {share(stats.calls_touched, stats.calls)} of all"),
        (f"{blocked:,}", "of them challenged or blocked"),
        (f"{doubted:,}", "stops that may be wrong"),
    ):
        yield f'<div class="tile"><b>{escape(figure)}</b><span>{escape(words)}</span></div>'


def _cards(stats: ReplayStats) -> Iterator[str]:
    if not stats.by_step:
        yield _card("No campaign", "<p>No recording was heard in two calls.</p>")
        return
    keys = legend({"flagged": "in campaigns", "other": "all others"})
    chart = f'<div class="scroll">{columns_chart(stats.over_time())}</div>'
    yield _card(f"Calls by when they began, {duration(stats.step_ms)} a column", keys + chart)
    yield _card("How soon campaigns were stopped: after their first call", _delays(stats))
    for each in stats.delays[:3]:
        line = Timeline(step_ms=stats.step_ms, steps=stats.callers_of(each.campaign))
        keys = legend({"flagged": "callers who had not played it before", "other": "all others"})
        title = f"Callers of {each.campaign[:SHORT]}, {duration(stats.step_ms)} a column"
        yield _card(title, keys + f'<div class="scroll">{columns_chart(line, unit="callers", flagged="new")}</div>')
    if any(part.trunk for part in stats.trunks):
        yield _card("Over which trunks they came: the largest four of each, and the rest", _trunks(stats), wide=False)
    if stats.doubts:
        yield _card("Entries of rules that people took back", _doubts(stats))
    if stats.passed:
        yield _card("Stopped calls that passed the voice menu", _passed(stats))


def _card(title: str, body: str, *, wide: bool = True) -> str:
    return f'<section class="{"wide" if wide else ""}"><h2>{escape(title)}</h2>{body}</section>'


def _delays(stats: ReplayStats) -> str:
    names = ("campaign", "calls", "first call", "first entry", "first challenge", "first block")
    return _table(
        names,
        [
            (
                f"<code>{escape(each.campaign[:SHORT])}</code>",
                str(each.calls),
                clock_time(each.first_ms, MOMENT),
                *(escape(after(seconds)) for seconds in (each.entry_s, each.challenge_s, each.block_s)),
            )
            for each in stats.delays
        ],
    )


def _trunks(stats: ReplayStats) -> str:
    shown = {}
    for each in stats.delays:
        parts = [float(part.calls) for part in trunks_of(stats, each.campaign)]
        merged = [*parts[:4], *([sum(parts[4:])] if parts[4:] else [])]
        shown[each.campaign[:SHORT]] = list(zip(_TRUNK_CLASSES, merged, strict=False))
    return rows_chart(shown, total=lambda value: f"{value:,.0f}")


def _doubts(stats: ReplayStats) -> str:
    names = ("list", "value", "listed", "since then", "when", "by", "stands", "why")
    return _table(
        names,
        [
            (
                f"black {escape(each.scope)}",
                f"<code>{escape(each.value[:SHORT])}</code>",
                clock_time(each.listed_ms, MOMENT),
                each.doubt,
                clock_time(each.changed_ms, MOMENT),
                *(escape(words) for words in (each.changed_by, each.stands, each.why)),
            )
            for each in stats.doubts
        ],
    )


def _passed(stats: ReplayStats) -> str:
    names = ("caller", "stopped by", "action", "campaign", "calls", "last")
    return _table(
        names,
        [
            (
                f"<code>{escape(each.caller[:SHORT] or 'withheld')}</code>",
                escape(each.cause),
                escape(each.action),
                f"<code>{escape(each.campaign[:SHORT] or 'none')}</code>",
                str(each.calls),
                clock_time(each.last_ms, MOMENT),
            )
            for each in stats.passed
        ],
    )


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
