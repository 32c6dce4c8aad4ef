"""The report and the campaigns on a terminal: bars where people would look rather than read."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.learning.drift import THRESHOLD
from streams.look.bars import bar, reach, sparkline, stacked
from streams.look.campaigns import Campaign, CampaignStory, Member
from streams.look.learning import drift_view
from streams.look.lines import COLOURS
from streams.look.plain import printable
from streams.look.report import Report
from streams.look.sections import Entry, Timeline
from streams.look.span import clock_time
from streams.look.tables import table_of, words_of
from streams.look.words import by_label, duration, outcomes_by_label, share, tone_words

SHORT: Final = 12  # characters of an id or a hash
BRIEF: Final = 8  # where there is less room
BAR: Final = 24
MOMENT: Final = "%m-%d %H:%M"
SECOND: Final = "%m-%d %H:%M:%S"
DAY_MS: Final = 86_400_000


def report_view(report: Report) -> RenderableType:
    """All sections that have something to say."""
    totals = report.totals
    lines: list[RenderableType] = [
        Text.assemble(
            ("callsieve", "bold"),
            f"  calls since {clock_time(report.since_ms, '%Y-%m-%d %H:%M')}, told at {clock_time(report.made_ms)}",
        )
    ]
    if totals.calls:
        lines.append(
            Text.assemble(
                (f"{totals.calls} calls", "bold"),
                f" by {totals.callers} callers; ",
                (f"{totals.flagged} flagged ({share(totals.flagged, totals.calls)})", "bold yellow"),
                f", {totals.diverted} diverted",
            )
        )
    else:
        lines.append(Text(_nothing(report), style="bold"))
    return Group(*lines, *_sections(report))


def _nothing(report: Report) -> str:
    if report.newest_ms is None:
        return "no verdicts at all yet: is a worker with the role sink running?"
    return f"no calls; the newest verdict is of {clock_time(report.newest_ms, '%Y-%m-%d %H:%M')}: see --since"


def _sections(report: Report) -> Iterator[RenderableType]:
    if report.over_time.steps:
        yield from _timeline(report.over_time, flagged=True)
    if report.labels:
        yield _heading("what the calls were, and what was done")
        yield _labels(report)
    if report.spam_types:
        yield _heading("spam types: what was tagged, challenged or blocked")
        yield _spam(report)
    if report.unwanted:
        yield _heading("kinds of unwanted calls: of those that anything was done about")
        yield _unwanted(report)
    if report.campaigns:
        yield _heading("campaigns: recordings heard in several calls")
        yield campaign_table(report.campaigns)
    if report.new_entries:
        yield _heading("new list entries")
        yield entry_table(report.new_entries, report.made_ms)
    if report.latency:
        yield _heading("from the last sample to the verdict, ms")
        yield from _latency(report)
    if report.tones:
        yield _heading("tones (digits are masked: ?)")
        yield _tones(report)
    if report.outcomes:
        yield _heading("what became of the calls")
        yield _outcomes(report)
    if report.ended_by:
        yield _heading("who ended the calls, and how they did in the voice menu")
        yield _ended_by(report)
    if any(hour.features or hour.labels is not None for hour in report.drift.hours):
        yield _heading("drift: population stability index by hour")
        yield drift_view(report.drift, THRESHOLD)
    yield _heading("dead letters")
    yield _dead_letters(report)


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")


def _timeline(line: Timeline, *, flagged: bool) -> Iterator[RenderableType]:
    first, last = line.steps[0].at_ms, line.steps[-1].at_ms + line.step_ms
    yield _heading(f"calls by when they began, {duration(line.step_ms)} a column")
    calls = [step.calls for step in line.steps]
    yield Text.assemble("all      ", sparkline(calls), f" up to {max(calls)}")
    if flagged:
        yield Text.assemble(
            "flagged  ", sparkline([step.flagged for step in line.steps], "yellow", max(calls)), " of these"
        )
    form = MOMENT if line.step_ms >= 60_000 else SECOND
    begin, end = clock_time(first, form), clock_time(last, form)
    yield Text(f"         {begin}{' ' * max(2, len(calls) - len(begin) - len(end))}{end}", style="dim")


def _labels(report: Report) -> Table:
    table = table_of("label", "calls", "", "actions", right=("calls",))
    grouped = by_label(report.labels)
    most = max(sum(parts.values()) for parts in grouped.values())
    for label, parts in grouped.items():
        said = Text(", ").join(Text(f"{action} {n}", style=COLOURS.get(action, "")) for action, n in parts.items())
        shown = stacked(list(parts.items()), most, BAR)
        table.add_row(words_of(label), str(sum(parts.values())), shown, said)
    return table


def _spam(report: Report) -> Table:
    table = table_of("label", "told by", "action", "calls", "callers", "", right=("calls", "callers"))
    most = report.spam_types[0].calls
    for each in report.spam_types:
        style = COLOURS.get(each.action, "")
        told = f"{each.cause}list" if each.cause in ("black", "white") else each.cause
        action = Text(each.action, style=style)
        shown = bar(each.calls, most, BAR, style)
        table.add_row(words_of(each.label), told, action, str(each.calls), str(each.callers), shown)
    return table


def campaign_table(campaigns: Sequence[Campaign]) -> Table:
    """A row for each campaign."""
    names = ("campaign", "calls", "callers", "callees", "first", "last", "shared", "listed")
    table = table_of(*names, right=("calls", "callers", "callees"), folding="listed")
    for each in campaigns:
        table.add_row(
            Text(printable(each.campaign)[:BRIEF], style="magenta"),
            str(each.calls),
            str(each.callers),
            str(each.callees),
            clock_time(each.first_ms, MOMENT),
            clock_time(each.last_ms, MOMENT),
            each.shape,
            Text(printable(", ".join(dict.fromkeys(each.listed))) or "no", style="bold red" if each.listed else "dim"),
        )
    return table


def entry_table(entries: Sequence[Entry], now_ms: int) -> Table:
    """A row for each list entry."""
    table = table_of("list", "value", "made", "until", "stands", "why", folding="why")
    for each in entries:
        table.add_row(
            words_of(f"{each.kind} {each.scope}"),
            words_of(each.value, SHORT),
            clock_time(each.created_ms, MOMENT),
            "for ever" if each.expires_ms is None else clock_time(each.expires_ms, "%m-%d"),
            words_of(each.standing(now_ms)),
            words_of(each.reason),
        )
    return table


def _latency(report: Report) -> Iterator[RenderableType]:
    table = table_of(
        "cause", "verdicts", "p50", "p90", "p99", "█ p50 ▒ p90 ░ p99", right=("verdicts", "p50", "p90", "p99")
    )
    most = max(each.p99_ms for each in report.latency)
    for each in report.latency:
        quantiles = (each.p50_ms, each.p90_ms, each.p99_ms)
        figures = (f"{value:.0f}" for value in quantiles)
        table.add_row(each.cause, str(each.verdicts), *figures, reach(*quantiles, most, BAR))
    yield table
    yield Text("\nwhere the time went: median (p99)", style="dim")
    stages = table_of("cause", *report.latency[0].stages, right=tuple(report.latency[0].stages))
    for each in report.latency:
        stages.add_row(each.cause, *(f"{p50:.0f} ({p99:.0f})" for p50, p99 in each.stages.values()))
    yield stages


def _tones(report: Report) -> Table:
    table = table_of("tone", "sent", "count", "calls", "", "", right=("count", "calls"))
    most = report.tones[0].tones
    for each in report.tones:
        shown = bar(each.tones, most, BAR)
        told = (words_of(each.symbol), words_of(each.source), str(each.tones), str(each.calls), shown)
        table.add_row(*told, words_of(tone_words(each.symbol)))
    return table


def _outcomes(report: Report) -> Table:
    styles = {"passed": "green", "failed": "red", "unknown": "bright_black"}
    table = table_of("label", *styles, "", right=tuple(styles))
    for column in table.columns:
        column.header_style = styles.get(str(column.header), "dim")
    grouped = outcomes_by_label(report.outcomes)
    most = max(sum(counts) for counts in grouped.values())
    for label, counts in grouped.items():
        shown = Text()
        for count, style in zip(counts, styles.values(), strict=True):
            shown.append_text(bar(round(BAR * count / most), BAR, BAR, style))
        table.add_row(words_of(label), *map(str, counts), shown)
    return table


def _unwanted(report: Report) -> Table:
    table = table_of("kind", "calls", "share", "callers", "", right=("calls", "share", "callers"))
    most = report.unwanted[0].calls
    for each in report.unwanted:
        shown = bar(each.calls, most, BAR, "yellow")
        table.add_row(words_of(each.kind), str(each.calls), f"{each.share:.1%}", str(each.callers), shown)
    return table


def _ended_by(report: Report) -> Table:
    figures = ("passed", "failed", "unknown", "calls", "share")
    table = table_of("label", "ended by", *figures, right=figures)
    everyone = [("all", each) for each in report.ended_by]
    for label, each in [*everyone, *((each.label, each) for each in report.ended_by_of_labels)]:
        counts = (each.passed, each.failed, each.unknown, each.calls)
        table.add_row(words_of(label), words_of(each.ended_by), *map(str, counts), f"{each.share:.1%}")
    return table


def _dead_letters(report: Report) -> RenderableType:
    if report.dead_letters is None:
        return Text("Kafka does not answer, so nothing is known of them: see --broker", style="dim")
    if not report.dead_letters:
        return Text("none", style="green")
    table = table_of("topic", "records", right=("records",))
    for topic, count in report.dead_letters.items():
        table.add_row(topic, Text(str(count), style="bold red"))
    return table


def story_view(story: CampaignStory, now_ms: int) -> RenderableType:
    """One campaign: its calls, when they came, and what it led to."""
    campaign = story.campaign
    head = Text.assemble(
        ("campaign ", "bold"),
        (printable(campaign.campaign), "bold magenta"),
        f"\n{campaign.calls} calls by {campaign.callers} callers to {campaign.callees} called numbers over "
        f"{campaign.trunks} trunks, {campaign.chunks} chunks of two seconds; best score {campaign.best_score:.2f}",
        f"\nshared: {story.shape_words}",
    )
    if campaign.aliases:
        head.append(f"\nmerged into it: {', '.join(printable(each) for each in campaign.aliases)}")
    one_day = campaign.last_ms - campaign.first_ms < DAY_MS
    form = "%H:%M:%S" if one_day else MOMENT
    names = ("call", "caller", "heard", "chunks", "label", "action", "matched")
    table = table_of(*names, right=("chunks",), folding="matched")
    for each in story.members:
        table.add_row(
            words_of(each.call_id, BRIEF),
            words_of(each.caller, BRIEF) if each.caller else "unknown",
            clock_time(each.first_ms, form),
            str(each.chunks),
            words_of(each.label),
            Text(each.action, style=COLOURS.get(each.action, "")),
            _matched(each),
        )
    more = campaign.calls - len(story.members)
    parts: list[RenderableType] = [head, *_timeline(story.timeline, flagged=False), _heading("its calls"), table]
    if more > 0:
        parts.append(Text(f"and {more} more", style="dim"))
    if len(story.windows) > 1:
        parts += [_heading(f"what was distinct, {duration(story.window_ms)} a row"), _windows(story)]
    parts.append(_heading("list entries"))
    parts.append(entry_table(story.entries, now_ms) if story.entries else Text("none", style="dim"))
    return Group(*parts)


def _windows(story: CampaignStory) -> Table:
    figures = ("calls", "callers", "callees", "trunks")
    table = table_of("from", *figures, "", right=figures)
    most = max(each.calls for each in story.windows)
    for each in story.windows:
        counts = (each.calls, each.callers, each.callees, each.trunks)
        table.add_row(clock_time(each.at_ms, MOMENT), *map(str, counts), bar(each.calls, most, BAR))
    return table


def _matched(member: Member) -> Text:
    if member.matched_call_id is None:
        return Text("the first", style="dim")
    where = f"{printable(member.matched_call_id)[:8]} at {member.offset_s or 0:.1f} s"
    told = f"chunk {member.matched_chunk} = {where}, score {member.score or 0:.2f}"
    for name, value in (("pitch", member.pitch), ("tempo", member.tempo)):
        told += f", {name} {value:.3f}" if value is not None and abs(value - 1.0) > 0.002 else ""
    return Text(told)
