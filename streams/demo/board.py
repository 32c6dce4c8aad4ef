"""The demo's live table and its summary."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.demo.hearings import HearingFound
from streams.demo.tally import Result, Tally
from streams.look.lines import COLOURS

ROWS: Final = 18
COLUMNS: Final = {  # and their widths, so that the table does not jump when a longer word comes
    "call": 8,
    "caller": 8,
    "label": 15,
    "prob.": 5,
    "cause": 6,
    "action": 9,
    "simulated as": 15,
}
MASK_AFTER: Final = 7  # digits of a number that are shown


def board(tally: Tally, elapsed_s: float, note: str) -> RenderableType:
    """The newest calls, and what is known of campaigns and entries."""
    truth = tally.truth.by_call_id()
    heard = len(tally.current.calls())
    title = f"callsieve demo · {elapsed_s:.0f} s · {note} · {heard} of {len(tally.truth.calls)} calls"
    title += f" · {len(tally.seen)} verdicts"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", title=title, title_style="bold")
    for name, width in COLUMNS.items():
        table.add_column(name, justify="right" if name == "prob." else "left", width=width, no_wrap=True)
    calls = sorted(tally.current.calls(), key=lambda verdict: verdict.judged_ms, reverse=True)
    for verdict in calls[:ROWS]:
        known = truth.get(verdict.call_id)
        right = known is not None and verdict.label in known.labels
        table.add_row(
            verdict.call_id[:8],
            (known.caller[:MASK_AFTER] + "…") if known else "",
            Text(verdict.label, style="" if right else "dim"),
            f"{verdict.probability:.2f}",
            verdict.cause,
            Text(verdict.action, style=COLOURS[verdict.action]),
            known.kind if known else "",
        )
    if heard > ROWS:
        table.caption = f"the newest {ROWS}; {heard - ROWS} more"
    lines = [
        Text(f"campaign {campaign[:8]}: heard in {len(calls)} calls", style="magenta")
        for campaign, calls in tally.campaigns.items()
    ]
    lines += [
        Text(f"{entry.kind}list: {entry.scope} {entry.value[:12]}… ({entry.reason})", style="bold red")
        for entry in tally.entries.values()
    ]
    return Group(table, *lines)


def status_line(tally: Tally, elapsed_s: float, note: str) -> str:
    """What the board says, in one line."""
    return (
        f"{elapsed_s:4.0f} s  {note}: {len(tally.current.calls())} of {len(tally.truth.calls)} calls, "
        f"{len(tally.seen)} verdicts, {len(tally.campaigns)} campaigns, {len(tally.entries)} entries"
    )


def summary(result: Result, in_store: int) -> RenderableType:
    """The figures at the end."""
    table = Table(title="against the truth", title_justify="left", header_style="bold")
    for name in ("simulated as", "calls", "right"):
        table.add_column(name, justify="left" if name == "simulated as" else "right")
    for kind, (right, total) in result.by_kind.items():
        table.add_row(kind, str(total), Text(str(right), style="green" if right == total else "red"))
    table.add_section()
    table.add_row("all", str(result.calls), f"{result.right} ({result.right / max(1, result.calls):.1%})")
    latency = f"{result.latency_p50_ms:.0f} ms (p50), {result.latency_p99_ms:.0f} ms (p99)"
    listed = "listed" if result.planted_listed else "NOT listed"
    lines = [
        f"last sample to verdict: {latency} over {result.chunk_verdicts} chunks; {result.repeats} repeats",
        f"campaign: {result.campaign_calls} of {result.campaign_expected} replayed calls found; "
        f"planted caller {listed}, {result.others_listed} others listed",
        f"ClickHouse: current verdicts of {in_store} calls",
        *(f"wrong: {one['kind']} ({one['variant']}) was called {one['label']}" for one in result.wrong),
    ]
    heard = [_hearings(result.hearings)] if result.hearings else []
    return Group(table, *heard, *(Text(line) for line in lines), *_next())


def _hearings(hearings: list[HearingFound]) -> Table:
    """How the campaign changed its recording, and how it was known all the same."""
    table = Table(title="the campaign's recording, call by call", title_justify="left", header_style="bold")
    for name in ("call", "how it was played", "known again", "pitch", "tempo"):
        table.add_column(name, justify="left" if name == "how it was played" else "right")
    for one in hearings:
        match = one.match
        first = "first heard" if one.hearing == 1 else "NO"
        known = (f"{match.score:.0%}", f"{match.pitch:.3f}", f"{match.tempo:.3f}") if match else (first, "", "")
        table.add_row(str(one.hearing), one.changes, *known)
    return table


def _next() -> Iterator[Text]:
    """Where to go from here, for the demo's own Kafka and ClickHouse are gone."""
    yield Text("\nwhat to look at, once it runs for real:", style="bold")
    for command, what in (
        ("callsieve verdicts tail", "the verdicts as they come"),
        ("callsieve report", "what the day's calls were; --html FILE for a page of charts"),
        ("callsieve campaigns list", "recordings that are replayed, and in which calls"),
    ):
        yield Text.assemble("  ", (f"{command:26}", "cyan"), what)
