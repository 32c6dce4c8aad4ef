"""The report as one page of HTML: charts and tables, nothing fetched, no script."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, get_args

from schemas.records import Action
from streams.learning.drift import THRESHOLD, Drift
from streams.look.charts import columns_chart, drift_chart, legend, quantiles_chart, rows_chart
from streams.look.learning import against
from streams.look.page_style import PAGE
from streams.look.report import Report
from streams.look.sections import Entry
from streams.look.span import clock_time
from streams.look.words import by_label, duration, outcomes_by_label, share

MOMENT: Final = "%Y-%m-%d %H:%M"
SHORT: Final = 12
STAGES: Final = {"tap": "tap", "window": "window", "features": "features", "classify": "classify"}


def report_page(report: Report) -> str:
    """The whole page."""
    return PAGE.substitute(
        title=f"callsieve: calls since {clock_time(report.since_ms, MOMENT)}",
        since=clock_time(report.since_ms, MOMENT),
        made=clock_time(report.made_ms, f"{MOMENT}:%S"),
        tiles="".join(_tiles(report)),
        cards="".join(_cards(report)),
    )


def _tiles(report: Report) -> Iterator[str]:
    totals = report.totals
    yield _tile(f"{totals.calls:,}", f"calls by {totals.callers:,} callers")
    yield _tile(f"{totals.flagged:,}", f"flagged, {share(totals.flagged, totals.calls)} of all")
    listed = sum(1 for each in report.campaigns if each.listed)
    yield _tile(f"{len(report.campaigns)}", f"campaigns, {listed} listed")
    audio = next((each for each in report.latency if each.cause == "audio"), None)
    if audio is not None:
        yield _tile(f"{audio.p50_ms:.0f} ms", f"to a verdict (median); {audio.p99_ms:.0f} ms at 99 %")
    if report.dead_letters is not None:
        buried = sum(report.dead_letters.values())
        yield _tile(f"{buried:,}", "dead letters", "bad" if buried else "good")


def _tile(figure: str, words: str, kind: str = "") -> str:
    return f'<div class="tile {kind}"><b>{escape(figure)}</b><span>{escape(words)}</span></div>'


def _card(title: str, body: str, *, wide: bool = False) -> str:
    return f'<section class="{"wide" if wide else ""}"><h2>{escape(title)}</h2>{body}</section>'


def _cards(report: Report) -> Iterator[str]:
    if not report.totals.calls:
        newest = report.newest_ms
        said = "no verdicts at all yet" if newest is None else f"the newest verdict is of {clock_time(newest, MOMENT)}"
        yield _card("No calls", f"<p>{escape(said)}</p>", wide=True)
    if report.over_time.steps:
        keys = legend({"flagged": "flagged: tagged, challenged or blocked", "other": "all others"})
        title = f"Calls by when they began, {duration(report.over_time.step_ms)} a column"
        yield _card(title, keys + f'<div class="scroll">{columns_chart(report.over_time)}</div>', wide=True)
    if report.labels:
        keys = legend({action: action for action in get_args(Action)})
        rows = {label: list(parts.items()) for label, parts in by_label(report.labels).items()}
        yield _card("What the calls were, and what was done", keys + rows_chart(rows, total=_whole))
    if report.spam_types:
        yield _card("Spam types, and what told them", _spam(report))
    if report.unwanted:
        kinds = {f"{each.kind}, {each.share:.0%}": [("other", each.calls)] for each in report.unwanted}
        yield _card("Kinds of unwanted calls", rows_chart(kinds, total=_whole))
    if report.latency:
        yield from _latency(report)
    if report.campaigns:
        yield _card("Campaigns: recordings heard in several calls", _campaigns(report), wide=True)
    if report.new_entries:
        yield _card("New list entries", _entries(report.new_entries, report.made_ms), wide=True)
    if report.tones:
        tones = {f"{each.symbol} {each.source}": [("other", each.tones)] for each in report.tones}
        yield _card("Tones (digits are masked: ?)", rows_chart(tones, unit="tones", total=_whole))
    if report.outcomes:
        yield _card("What became of the calls", _outcomes(report))
    if report.ended_by:
        yield _card("Who ended the calls, and how they did in the voice menu", _ended_by(report))
    if any(hour.features or hour.labels is not None for hour in report.drift.hours):
        yield _card("Drift: population stability index by hour", _drift(report.drift), wide=True)
    yield _card("Dead letters", _dead_letters(report))


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _spam(report: Report) -> str:
    rows: dict[str, list[tuple[str, float]]] = {}
    for each in report.spam_types:
        told = f"{each.cause}list" if each.cause in ("black", "white") else each.cause
        rows.setdefault(f"{each.label}, {told}", []).append((each.action, each.calls))
    actions = dict.fromkeys(each.action for each in report.spam_types)
    return legend({action: action for action in get_args(Action) if action in actions}) + rows_chart(rows, total=_whole)


def _latency(report: Report) -> Iterator[str]:
    quantiles = {each.cause: (each.p50_ms, each.p90_ms, each.p99_ms) for each in report.latency}
    keys = legend({"p50": "half within", "p90": "90 % within", "p99": "99 % within"})
    yield _card("From the last sample to the verdict, ms, by cause", keys + quantiles_chart(quantiles))
    stages = {each.cause: [(name, max(0.0, p50)) for name, (p50, _) in each.stages.items()] for each in report.latency}
    yield _card(
        "Where the time went: median of each stage, ms", legend(STAGES) + rows_chart(stages, unit="ms", total=_whole)
    )


def _campaigns(report: Report) -> str:
    most = max(each.calls for each in report.campaigns)
    rows = [
        (
            f"<code>{escape(each.campaign[:SHORT])}</code>",
            f'<i class="bar" style="width:{100 * each.calls / most:.0f}px"></i> {each.calls}',
            str(each.callers),
            str(each.callees),
            clock_time(each.first_ms, MOMENT),
            clock_time(each.last_ms, MOMENT),
            f"{each.best_score:.2f}",
            escape(each.shape),
            escape(", ".join(dict.fromkeys(each.listed)) or "no"),
        )
        for each in report.campaigns
    ]
    names = ("campaign", "calls", "callers", "callees", "first heard", "last heard", "best score", "shared", "listed")
    return _table(names, rows)


def _entries(entries: Sequence[Entry], now_ms: int) -> str:
    rows = [
        (
            f"{each.kind} {each.scope}",
            f"<code>{escape(each.value[:SHORT])}</code>",
            clock_time(each.created_ms, MOMENT),
            "for ever" if each.expires_ms is None else clock_time(each.expires_ms, "%Y-%m-%d"),
            escape(each.standing(now_ms)),
            escape(each.actor),
            escape(each.reason),
        )
        for each in entries
    ]
    return _table(("list", "value", "made", "until", "stands", "by", "why"), rows)


def _outcomes(report: Report) -> str:
    results = ("passed", "failed", "unknown")
    rows = {
        label: list(zip(results, map(float, counts), strict=True))
        for label, counts in outcomes_by_label(report.outcomes).items()
    }
    return legend({each: each for each in results}) + rows_chart(rows, total=_whole)


def _ended_by(report: Report) -> str:
    everyone = [("all", each) for each in report.ended_by]
    rows = [
        (
            escape(label),
            escape(each.ended_by),
            *(f"{n:,}" for n in (each.passed, each.failed, each.unknown, each.calls)),
            f"{each.share:.1%}",
        )
        for label, each in [*everyone, *((each.label, each) for each in report.ended_by_of_labels)]
    ]
    return _table(("label", "ended by", "passed", "failed", "unknown", "calls", "share"), rows)


def _drift(found: Drift) -> str:
    keys = legend({"p50": "the column that moved most", "p90": "labels", "threshold": f"drift above {THRESHOLD}"})
    return keys + f"<p>{escape(against(found))}</p>" + f'<div class="scroll">{drift_chart(found, THRESHOLD)}</div>'


def _dead_letters(report: Report) -> str:
    if report.dead_letters is None:
        return "<p>Kafka did not answer, so nothing is known of them.</p>"
    if not report.dead_letters:
        return "<p>None.</p>"
    return _table(("topic", "records"), [(escape(topic), str(n)) for topic, n in report.dead_letters.items()])


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
