"""How campaigns go, on a terminal."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.look.bars import bar, sparkline, stacked
from streams.look.replays import ReplayStats, TrunkPart
from streams.look.span import clock_time
from streams.look.tables import table_of, words_of
from streams.look.words import duration, share

SHORT: Final = 12  # characters of an id or a hash
BRIEF: Final = 8  # where there is less room
BAR: Final = 14
COLUMNS: Final = 48  # of a sparkline: the newest steps
MOMENT: Final = "%m-%d %H:%M"
SECOND: Final = "%m-%d %H:%M:%S"


def stats_view(stats: ReplayStats) -> RenderableType:
    """All sections that have something to say."""
    since = f"since {clock_time(stats.since_ms, '%Y-%m-%d %H:%M')}"
    if not stats.by_step:
        return Text(f"no campaign: no recording was heard in two calls {since}", style="bold")
    return Group(
        Text.assemble(
            ("campaigns", "bold"),
            f"  {since}, {duration(stats.step_ms)} a column: {stats.calls_touched} of {stats.calls} calls touched "
            f"({share(stats.calls_touched, stats.calls)})",
        ),
        *_sections(stats),
    )


def _sections(stats: ReplayStats) -> Iterator[RenderableType]:
    yield from _touched(stats)
    yield _heading(f"campaigns by {duration(stats.step_ms)}")
    yield _by_step(stats)
    yield _heading("how soon they were stopped")
    yield _delays(stats)
    if any(each.trunk for each in stats.trunks):
        yield _heading("over which trunks they came")
        yield _trunks(stats)
    yield _heading("stops that may be wrong: entries of rules that people took back")
    yield _doubts(stats) if stats.doubts else Text("none")
    yield _heading("stops that may be wrong: stopped calls that passed the voice menu")
    yield _passed(stats) if stats.passed else Text("none")


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")


def _touched(stats: ReplayStats) -> Iterator[RenderableType]:
    steps = stats.over_time().steps[-COLUMNS:]
    if steps:
        most = max(step.calls for step in steps)
        yield Text.assemble("all calls     ", sparkline([step.calls for step in steps]), f" up to {most}")
        yield Text.assemble("in campaigns  ", sparkline([step.flagged for step in steps], "yellow", most), " of these")
        begin, end = (clock_time(step.at_ms, MOMENT) for step in (steps[0], steps[-1]))
        yield Text(f"              {begin}{' ' * max(2, len(steps) - len(begin) - len(end))}{end}", style="dim")


def _by_step(stats: ReplayStats) -> Table:
    table = table_of("from", "campaigns", "new", "calls", "callers", "", "share", "stopped",
                     right=("campaigns", "new", "calls", "callers", "share"))  # fmt: skip
    most = max(step.calls for step in stats.by_step)
    touched = {step.at_ms: step for step in stats.touched}
    for step in stats.by_step[-COLUMNS:]:
        of_all = touched.get(step.at_ms)
        stopped = stacked([("challenge", of_all.challenged), ("block", of_all.blocked)], most, BAR) if of_all else ""
        table.add_row(
            clock_time(step.at_ms, SECOND if stats.step_ms < 60_000 else MOMENT),
            str(step.campaigns),
            str(step.new_campaigns),
            str(step.calls),
            str(step.callers),
            bar(step.calls, most, BAR, "yellow"),
            share(of_all.touched, of_all.calls) if of_all else "",
            stopped,
        )
    return table


def _delays(stats: ReplayStats) -> Table:
    table = table_of("campaign", "calls", "first", "entry", "challenge", "block", "callers, new ones yellow",
                     right=("calls", "entry", "challenge", "block"))  # fmt: skip
    for each in stats.delays:
        steps = stats.callers_of(each.campaign)[-COLUMNS:]
        most = max((step.calls for step in steps), default=0)
        new = [step.flagged for step in steps]
        drawn = Text.assemble(
            sparkline([step.calls for step in steps]), " ", sparkline(new, "yellow", most), f" {sum(new)}"
        )
        table.add_row(
            words_of(each.campaign, SHORT),
            str(each.calls),
            clock_time(each.first_ms, MOMENT),
            after(each.entry_s),
            after(each.challenge_s),
            after(each.block_s),
            drawn,
        )
    return table


def _trunks(stats: ReplayStats) -> Table:
    table = table_of("campaign", "trunks", "calls by trunk", right=("trunks",), folding="calls by trunk")
    for campaign in (each.campaign for each in stats.delays):
        parts = trunks_of(stats, campaign)
        told = ", ".join(f"{part.trunk[:BRIEF] or 'not told'} {part.calls} ({part.share:.0%})" for part in parts[:6])
        more = f" and {len(parts) - 6} more" if len(parts) > 6 else ""
        table.add_row(words_of(campaign, SHORT), str(sum(1 for part in parts if part.trunk)), words_of(told + more))
    return table


def _doubts(stats: ReplayStats) -> Table:
    table = table_of("list", "value", "listed", "since", "when", "by", "stands", "why", folding="why")
    for each in stats.doubts:
        table.add_row(
            f"black {each.scope}",
            words_of(each.value, SHORT),
            clock_time(each.listed_ms, MOMENT),
            each.doubt,
            clock_time(each.changed_ms, MOMENT),
            words_of(each.changed_by),
            each.stands,
            words_of(each.why),
        )
    return table


def _passed(stats: ReplayStats) -> Table:
    table = table_of("caller", "stopped by", "action", "campaign", "calls", "last", right=("calls",))
    for each in stats.passed:
        told = f"{each.cause}list" if each.cause == "black" else each.cause
        campaign = words_of(each.campaign or "none", SHORT)
        table.add_row(
            words_of(each.caller or "withheld", SHORT), told, each.action, campaign, str(each.calls),
            clock_time(each.last_ms, MOMENT),
        )  # fmt: skip
    return table


def trunks_of(stats: ReplayStats, campaign: str) -> list[TrunkPart]:
    """A campaign's trunks, the one of most calls first."""
    return [part for part in stats.trunks if part.campaign == campaign]


def after(seconds: float | None) -> str:
    """How long after, in words: ``12.0 s``, ``4.5 min``, ``3.2 h``; a dash for never."""
    if seconds is None:
        return "-"
    for most, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if abs(seconds) < most:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds / 86_400:.1f} d"
