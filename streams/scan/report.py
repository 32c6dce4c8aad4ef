"""What ``scan --format table`` prints: each file's calls, and all of them at the end; 80 columns are enough."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.records import Verdict
from streams.look.plain import printable
from streams.look.words import tone_words
from streams.scan.result import HeardCall
from streams.scan.tones import PRESSED, CallTone, alike, call_tones

CHUNK_S: Final = 2
MOST_TONES: Final = 60  # rows of one stream: a menu's keys, not a card index's
WIDE: Final = 110  # columns from which the overview has room for both ends of a call


@dataclass(slots=True)
class Stretch:
    """Chunks of one stream, one after the other, that have one label; a mixed chunk stands alone."""

    chunks: list[Verdict] = field(default_factory=list)

    def goes_on(self, verdict: Verdict) -> bool:
        """Whether a verdict belongs to the stretch."""
        last = self.chunks[-1]
        if last.passages or verdict.passages:
            return False
        return (last.stream_id, last.chunk + 1, last.label) == (verdict.stream_id, verdict.chunk, verdict.label)

    @property
    def label(self) -> str:
        """What all of them are."""
        return self.chunks[0].label

    @property
    def time(self) -> str:
        """From where to where in the stream, seconds."""
        return f"{self.chunks[0].start_s:.0f}-{self.chunks[-1].start_s + CHUNK_S:.0f}"

    @property
    def probability(self) -> float:
        """Mean probability of the label."""
        return sum(verdict.probability for verdict in self.chunks) / len(self.chunks)

    @property
    def coverage(self) -> float:
        """Mean share of the samples that were received."""
        return sum(verdict.coverage for verdict in self.chunks) / len(self.chunks)

    @property
    def passages(self) -> Iterator[tuple[str, str, str]]:
        """Time in the stream, label and probability of each passage, where the chunk is mixed."""
        for verdict in self.chunks:
            for each in verdict.passages:
                begin = verdict.start_s + each.start_s
                yield f"{begin:.1f}-{begin + each.duration_s:.1f}", f"  {each.label}", f"{each.probability:.2f}"

    @property
    def tones(self) -> list[str]:
        """New tones, in order: keys as the number they make, bursts of a signal in a row with how many they are."""
        symbols = (tone.symbol for verdict in self.chunks for tone in verdict.tones if not tone.continued)
        runs = [list(run) for _, run in groupby(symbols, key=lambda symbol: "" if symbol in PRESSED else symbol)]
        return ["".join(run) if run[0] in PRESSED else counted_tones(run[0], len(run)) for run in runs]

    @property
    def reasons(self) -> list[str]:
        """All reasons, each once."""
        return list(dict.fromkeys(reason for verdict in self.chunks for reason in verdict.reasons))


def stretches(chunks: Iterable[Verdict]) -> Iterator[Stretch]:
    """Cut chunks where the label changes."""
    stretch = Stretch()
    for verdict in chunks:
        if stretch.chunks and not stretch.goes_on(verdict):
            yield stretch
            stretch = Stretch()
        stretch.chunks.append(verdict)
    if stretch.chunks:
        yield stretch


def print_file(console: Console, name: str, calls: list[HeardCall]) -> None:
    """Print one file's calls, and what was heard in each from second to second."""
    what = "call" if not calls or calls[0].channel is None else "channel"
    console.print(Text(f"{printable(name)}: {counted(len(calls), what)}{_labels(calls)}", style="bold"))
    for call in calls:
        console.print(_heading(call))
        streams = list(dict.fromkeys(verdict.stream_id for verdict in call.chunks))
        for number, stream in enumerate(streams, 1):
            chunks = [verdict for verdict in call.chunks if verdict.stream_id == stream]
            if len(streams) > 1:
                console.print(Text(f"    stream {number} of {len(streams)}, {_sent_as(chunks[0])}", style="dim"))
            console.print(_heard(chunks))
            if tones := call_tones(chunks):
                console.print(Padding(_tones(tones), (0, 0, 0, 4)))
    console.print()


def _sent_as(verdict: Verdict) -> str:
    return f"SSRC {verdict.ssrc:08x}" if verdict.ssrc else "before the first packet of audio"


def _heading(call: HeardCall) -> Text:
    verdict = call.verdict
    caller, callee = call.ends
    found = Text("  ").append(printable(call.name), style="bold")
    if caller or callee:
        found.append(printable(f"  {caller} → {callee}"))
    if call.info is not None and call.info.sip_call_id is not None:
        found.append(f"\n    Call-ID {printable(call.info.sip_call_id)}")
    found.append("\n    ").append(f"{verdict.label} {verdict.probability:.2f}", style="bold cyan")
    found.append(f" by {verdict.cause} → ").append(verdict.action, style="bold")
    if verdict.replay is not None and verdict.replay.call_id is not None:
        found.append(f"  heard before in call {verdict.replay.call_id[:8]}")
    return found


def _heard(chunks: list[Verdict]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("seconds", justify="right", min_width=11, no_wrap=True)
    table.add_column("label", min_width=15, no_wrap=True)
    table.add_column("prob.", justify="right", no_wrap=True)
    table.add_column("cover", justify="right", no_wrap=True)
    table.add_column("tones", overflow="fold", max_width=20)
    table.add_column("reasons", overflow="fold")
    for each in stretches(chunks):
        tones, reasons = " ".join(each.tones), " ".join(each.reasons)
        # Text: a file's names are never markup
        cells = (each.time, each.label, f"{each.probability:.2f}", f"{each.coverage:.2f}", tones, reasons)
        table.add_row(*(Text(printable(cell)) for cell in cells))
        for passage in each.passages:
            table.add_row(*(Text(printable(cell)) for cell in passage), style="dim")
    return table


def counted_tones(symbol: str, count: int) -> str:
    """A signal, and how often it came where it came again."""
    return symbol if count == 1 else f"{symbol} x{count}"


def _tones(tones: list[CallTone]) -> Table:
    """When each tone sounded: a row a key, and one for all bursts of a signal in a row."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("tone", "from", "to", "length", "dBm0", "sent", ""):
        table.add_column(name, justify="right" if name in ("from", "to", "length", "dBm0") else "left", no_wrap=True)
    groups = alike(tones)
    for group in groups[:MOST_TONES]:
        first, count = group[0], len(group)
        length_s = sum(one.duration_s for one in group) / count
        level = sum(one.level_dbm0 for one in group) / count
        cells = (
            counted_tones(first.symbol, count),
            f"{first.start_s:.2f}",
            f"{group[-1].end_s:.2f}",
            f"{length_s:.2f} s",
            f"{level:.1f}",
            "as event" if first.source == "rfc4733" else "in band",
            tone_words(first.symbol),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    if len(groups) > MOST_TONES:
        table.add_row(Text(f"and {len(groups) - MOST_TONES} more"), style="dim")
    return table


def print_foot(
    console: Console, files: list[tuple[str, list[HeardCall]]], failed: int, entries: int, seconds: float
) -> None:
    """Print what stands below all files: their calls where there are several, the sum, and which model judged."""
    if sum(len(calls) for _, calls in files) > 1:
        print_overview(console, files)
    console.print(summary(files, failed, entries, seconds), style="bold", highlight=False)
    models = sorted({call.verdict.model for _, calls in files for call in calls})
    if models:
        console.print(Text(printable(f"judged by {', '.join(models)}"), style="dim"))


def print_overview(console: Console, files: list[tuple[str, list[HeardCall]]]) -> None:
    """Print all calls of all files, a row each."""
    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("file", overflow="fold", max_width=44)
    table.add_column("call", overflow="fold")
    if wide:
        table.add_column("from", overflow="fold")
        table.add_column("to", overflow="fold")
    table.add_column("label", no_wrap=True)
    table.add_column("prob.", justify="right", no_wrap=True)
    table.add_column("action", no_wrap=True)
    for name, calls in files:
        for call in calls:
            verdict = call.verdict
            ends = call.ends if wide else ()
            cells = (name, call.name, *ends, verdict.label, f"{verdict.probability:.2f}", verdict.action)
            table.add_row(*(Text(printable(cell)) for cell in cells))
    console.print(table)


def summary(files: list[tuple[str, list[HeardCall]]], failed: int, entries: int, seconds: float) -> str:
    """Sum everything up in a line."""
    calls = [call for _, heard in files for call in heard]
    parts = [f"{counted(len(files), 'file')}, {counted(len(calls), 'call')} in {seconds:.1f} s{_labels(calls)}"]
    if entries:
        parts.append(f"{counted(entries, 'caller')} for the blacklist")
    if failed:
        parts.append(f"{failed} could not be read")
    return "; ".join(parts)


def counted(count: int, one: str) -> str:
    """A number of things, in words that fit."""
    return f"{count} {one if count == 1 else one + 's'}"


def _labels(calls: list[HeardCall]) -> str:
    labels = Counter(call.verdict.label for call in calls)
    return ": " + ", ".join(f"{count} {label}" for label, count in labels.most_common()) if labels else ""
