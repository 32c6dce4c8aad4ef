"""A comparison of two models: on a terminal, and as objects for programs."""

from collections.abc import Iterator
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.look.lines import COLOURS
from streams.look.models import Comparison
from streams.look.plain import printable
from streams.look.span import clock_time
from streams.look.words import share

MOST_CONFUSED = 20
MOMENT = "%m-%d %H:%M"


def comparison_lines(found: Comparison) -> Iterator[dict[str, Any]]:
    """One object of kind agreement, then those of kind confusion and call."""
    pair = {"live": found.live, "shadow": found.shadow}
    whole = msgspec.to_builtins(found)
    yield {"kind": "agreement"} | {name: value for name, value in whole.items() if name not in ("confused", "changed")}
    for each in found.confused:
        yield {"kind": "confusion", **pair, **msgspec.to_builtins(each)}
    for call in found.changed:
        yield {"kind": "call", **pair, **msgspec.to_builtins(call)}


def comparison_view(found: Comparison, *, limit: int) -> RenderableType:
    """How far two models agree, where not, and what it would change; so many changed calls are named."""
    changed = len(found.changed)
    parts: list[RenderableType] = [
        Text.assemble(
            (printable(found.live), "bold"), " live, ", (printable(found.shadow), "bold"),
            f" beside it: {found.calls} calls, {clock_time(found.first_ms, MOMENT)} to "
            f"{clock_time(found.last_ms, MOMENT)}",
        ),
        Text(
            f"same label: {share(found.chunks_alike, found.chunks)} of {found.chunks} chunks, "
            f"{share(found.verdicts_alike, found.verdicts)} of {found.verdicts} verdicts on calls; "
            f"same action: {share(found.actions_alike, found.verdicts)} of these"
        ),
        Text(f"something else would have been done to {changed} of {found.calls} calls", style="bold"),
    ]  # fmt: skip
    if changed:
        parts += [_actions(found), _heading("these calls, the newest first"), _calls(found, limit)]
    differing = [each for each in found.confused if each.live_label != each.shadow_label]
    if differing:
        table = _table("live says", "shadow says", "chunks", "calls", right=("chunks", "calls"))
        for each in differing[:MOST_CONFUSED]:
            table.add_row(printable(each.live_label), printable(each.shadow_label), str(each.chunks), str(each.calls))
        parts += [_heading("chunks of another label"), table]
    return Group(*parts, Text())


def _actions(found: Comparison) -> Table:
    table = _table("live", "shadow", "calls", right=("calls",))
    for (live, shadow), calls in found.actions_changed.most_common():
        table.add_row(_action(live), _action(shadow), str(calls))
    return table


def _calls(found: Comparison, limit: int) -> Table:
    table = _table("call", "live", "", "shadow", "")
    for call in found.changed[:limit]:
        table.add_row(
            printable(call.call_id), _action(call.live_action), printable(call.live_label),
            _action(call.shadow_action), printable(call.shadow_label),
        )  # fmt: skip
    return table


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold underline")


def _table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=True)
    return table


def _action(name: str) -> Text:
    return Text(printable(name), style=COLOURS.get(name, ""))
