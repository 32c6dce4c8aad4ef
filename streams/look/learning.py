"""Drift and reviews on a terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from streams.learning.drift import Drift, HourDrift
from streams.learning.reviews import Candidate, KeptChunk, Review
from streams.look.plain import printable
from streams.look.span import clock_time
from streams.look.tables import table_of, words_of

SHORT: Final = 12
WORST: Final = 3
MOMENT: Final = "%m-%d %H:%M"
WHY: Final = {
    "mistake": "judged dead air, but passed the menu or spoke",
    "missed": "failed the menu without a word, yet not judged silent",
    "agreed": "failed the menu without a word, and nobody was heard",
}


def drift_view(found: Drift, threshold: float) -> RenderableType:
    """A line an hour: how far the labels and the columns moved, those first that moved most."""
    names = ("hour", "chunks", "labels", "over", "columns that moved most")
    table = table_of(*names, right=names[1:4], folding=names[-1])
    for hour in found.hours:
        table.add_row(*_hour(hour, threshold))
    lines: list[RenderableType] = [Text(against(found), style="dim")]
    lines.append(table if found.hours else Text("no chunks were measured or judged in that time"))
    return Group(*lines)


def _hour(hour: HourDrift, threshold: float) -> tuple[RenderableType, ...]:
    columns = hour.features or {}
    over = sum(index > threshold for index in columns.values())
    moved = Text(", ").join(_index(f"{name} ", index, threshold) for name, index in hour.worst(WORST))
    return (
        clock_time(hour.hour_ms, MOMENT),
        str(max(hour.chunks, hour.labelled)),
        _index("", hour.labels, threshold),
        str(over) if hour.features is not None else "",
        moved if hour.features is not None else Text("too few chunks", style="dim"),
    )


def _index(name: str, index: float | None, threshold: float) -> Text:
    if index is None:
        return Text("too few", style="dim")
    return Text(f"{name}{index:.2f}", style="bold red" if index > threshold else "")


def against(found: Drift) -> str:
    """What the hours are held against."""
    labels = f"labels against {found.reference_labelled} chunks before"
    if found.reference_chunks is None:
        return f"columns against the model's training, {labels}; an hour needs {found.at_least} chunks"
    return f"columns against {found.reference_chunks} chunks before, {labels}; an hour needs {found.at_least} chunks"


def drift_objects(found: Drift, threshold: float) -> Iterator[Mapping[str, Any]]:
    """An object for every index; for an hour without any, one that says how few chunks it had."""
    for hour in found.hours:
        indices = [("column", name, index, hour.chunks) for name, index in (hour.features or {}).items()]
        indices += [("labels", "labels", hour.labels, hour.labelled)] if hour.labels is not None else []
        for kind, name, index, chunks in indices:
            told: dict[str, Any] = {"hour_ms": hour.hour_ms, "kind": kind, "name": name, "index": round(index, 4)}
            yield told | {"chunks": chunks, "over": index > threshold}
        if not indices:
            yield {"hour_ms": hour.hour_ms, "kind": "too_few", "chunks": max(hour.chunks, hour.labelled)}


def queue_table(candidates: Sequence[Candidate]) -> Table:
    """A row a call, those first that teach most."""
    table = table_of("call", "heard", "why", "suggested", "judged", "dBFS", "said", right=("dBFS", "said"))
    for each in candidates:
        table.add_row(
            words_of(each.call_id, SHORT),
            clock_time(each.captured_ms, MOMENT),
            Text(each.kind, style="bold red" if each.kind == "mistake" else ""),
            each.suggested,
            words_of(f"{each.chunk_label} {each.chunk_probability:.2f}"),
            f"{each.rms_dbfs:.0f}",
            "?" if each.speech_count < 0 else str(each.speech_count),
        )
    return table


def call_view(
    call_id: str,
    candidate: Candidate | None,
    chunks: Sequence[KeptChunk],
    verdicts: Sequence[Mapping[str, Any]],
    outcomes: Sequence[Mapping[str, Any]],
    reviews: Sequence[Review],
) -> RenderableType:
    """All that a reviewer can know of a call: no audio is kept."""
    parts: list[RenderableType] = [Text.assemble(("call ", "bold"), (printable(call_id), "bold magenta"))]
    if candidate is not None:
        suggested = f"suggested for chunk {candidate.chunk}: {candidate.suggested}"
        parts.append(Text(f"{candidate.kind}: {WHY[candidate.kind]}; {suggested}"))
    judged = {(row["stream_id"], row["chunk"]): row for row in verdicts if row["scope"] == "chunk"}
    table = table_of(
        "stream", "chunk", "received", "dBFS", "judged", "tones", right=("chunk", "received", "dBFS"), folding="tones"
    )
    for each in chunks:
        row = judged.get((each.stream_id, each.chunk))
        table.add_row(
            words_of(each.stream_id, 8),
            str(each.chunk),
            f"{each.coverage:.0%}",
            f"{each.rms_dbfs:.0f}",
            words_of(_probabilities(row)) if row else Text("not judged", style="dim"),
            words_of(" ".join(row["tone_symbols"])) if row else "",
        )
    parts += [Text("\nwhat was heard first", style="bold underline"), table]
    parts.append(Text("\nwhat became of it", style="bold underline"))
    for told in outcomes:
        said = "unknown" if told["speech_count"] is None else told["speech_count"]
        at = clock_time(told["reported_ms"], MOMENT)
        parts.append(words_of(f"{at}  menu {told['ivr_result']}, ended by {told['ended_by']}, utterances {said}"))
    if reviews:
        parts.append(Text("\nwhat people said", style="bold underline"))
    for review in reviews:
        at = clock_time(review.reviewed_ms, MOMENT)
        why = f": {review.reason}" if review.reason else ""
        parts.append(words_of(f"{at}  chunk {review.chunk} {review.label} {review.state} by {review.reviewer}{why}"))
    return Group(*parts)


def _probabilities(row: Mapping[str, Any]) -> str:
    pairs = sorted(zip(row["probability_values"], row["probability_labels"], strict=True), reverse=True)[:2]
    return ", ".join(f"{label} {probability:.2f}" for probability, label in pairs) or str(row["label"])
