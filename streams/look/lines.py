"""A verdict as a line: for people in columns, for programs as an object."""

from collections.abc import Mapping
from typing import Any, Final

from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

from schemas.records import Passage, Tone, Verdict
from streams.look.plain import printable
from streams.look.span import clock_time
from streams.store.rows import masked

COLOURS: Final = {"allow": "green", "tag": "yellow", "challenge": "orange1", "divert": "cyan", "block": "bold red"}
HEADING: Final = (
    f"{'time':8} {'call':8} {'at':>6} {'scope':5} {'cause':6} {'label':15} {'prob':>4} {'action':9} what was heard"
)


def verdict_object(verdict: Verdict, *, unmask: bool) -> dict[str, Any]:
    """Fields of the Avro record under the same names; the same keys for every verdict.

    Parameters
    ----------
    verdict
        Of any scope.
    unmask
        Keep the symbols of digits instead of '?'.
    """
    replay = verdict.replay
    return {
        "id": verdict.id,
        "call_id": verdict.call_id,
        "stream_id": verdict.stream_id,
        "chunk": verdict.chunk,
        "start_s": verdict.start_s,
        "scope": verdict.scope,
        "label": verdict.label,
        "probability": round(verdict.probability, 4),
        "probabilities": {label: round(p, 4) for label, p in verdict.probabilities.items()},
        "action": verdict.action,
        "reasons": verdict.reasons,
        "cause": verdict.cause,
        "tones": [tone_object(tone, unmask=unmask) for tone in verdict.tones if not tone.continued],
        "passages": [passage_object(passage) for passage in verdict.passages],
        "replay": None
        if replay is None
        else {
            "campaign": replay.campaign,
            "call_id": replay.call_id,
            "score": replay.score,
            "offset_s": replay.offset_s,
            "pitch": replay.pitch,
            "tempo": replay.tempo,
        },
        "coverage": round(verdict.coverage, 4),
    }


def live_object(verdict: Verdict, *, unmask: bool) -> dict[str, Any]:
    """Like `verdict_object`, with when it was heard and judged (ms since 1970), and whether the action is taken."""
    times = {"captured_ms": verdict.captured_ms, "judged_ms": verdict.judged_ms, "dry_run": verdict.dry_run}
    return verdict_object(verdict, unmask=unmask) | times


def tone_object(tone: Tone, *, unmask: bool) -> dict[str, Any]:
    """What is told of a tone; its start counts from the chunk's."""
    return {
        "symbol": masked(tone.symbol, unmask=unmask),
        "start_s": round(tone.start_s, 3),
        "duration_s": round(tone.duration_s, 3),
        "level_dbm0": round(tone.level_dbm0, 1),
        "source": tone.source,
    }


def passage_object(passage: Passage) -> dict[str, Any]:
    """What is told of a passage; its start counts from the chunk's."""
    return {
        "label": passage.label,
        "start_s": round(passage.start_s, 3),
        "duration_s": round(passage.duration_s, 3),
        "probability": round(passage.probability, 4),
    }


def painters(console: Console) -> Mapping[str, tuple[str, str]]:
    """What to write before and after an action on a terminal; nothing where it shows no colours."""
    if console.color_system is None or console.no_color:
        return {}
    system = COLOR_SYSTEMS[console.color_system]
    marks = {action: Style.parse(colour).render("|", color_system=system) for action, colour in COLOURS.items()}
    return {action: (before, after) for action, mark in marks.items() for before, _, after in [mark.partition("|")]}


class VerdictLines:
    """Verdicts as lines of fixed columns.

    Written by hand instead of by rich's tables: thousands a second must pass.

    Parameters
    ----------
    width
        Columns of the terminal, which a line does not leave; None where it may be as long as it is.
    colours
        As `painters` gives them; empty for none.
    unmask
        Keep the symbols of digits instead of '?'.
    """

    def __init__(
        self, *, width: int | None = None, colours: Mapping[str, tuple[str, str]] | None = None, unmask: bool = False
    ) -> None:
        self._width = width
        self._colours = colours or {}
        self._unmask = unmask

    @property
    def heading(self) -> str:
        """Names of the columns."""
        return HEADING[: self._width]

    def line(self, verdict: Verdict) -> str:
        """One line, without its end."""
        minutes, seconds = divmod(int(verdict.start_s), 60)
        head = (
            f"{clock_time(verdict.captured_ms)} {printable(verdict.call_id)[:8]:8} {f'{minutes}:{seconds:02}':>6} "
            f"{verdict.scope:5} {verdict.cause:6} {printable(verdict.label)[:15]:15} {verdict.probability:4.2f} "
        )
        tail = f"{verdict.action:9} {self._heard(verdict)}".rstrip()
        if self._width is not None and len(head) + len(tail) > self._width:
            tail = tail[: max(0, self._width - len(head) - 1)] + "…"
        before, after = self._colours.get(verdict.action, ("", ""))
        shown = len(verdict.action)
        return f"{head}{before}{tail[:shown]}{after}{tail[shown:]}"

    def _heard(self, verdict: Verdict) -> str:
        parts = ["dry run"] if verdict.dry_run else []
        symbols = [masked(tone.symbol, unmask=self._unmask) for tone in verdict.tones if not tone.continued]
        parts += [" ".join(symbols)] if symbols else []
        if verdict.replay is not None and verdict.replay.campaign is not None:
            parts.append(f"campaign {verdict.replay.campaign[:8]}")
        if verdict.passages:
            parts.append(" then ".join(passage.label for passage in verdict.passages))
        if verdict.coverage < 1:
            parts.append(f"{verdict.coverage:.0%} received")
        return printable("; ".join([*parts, *verdict.reasons]))
