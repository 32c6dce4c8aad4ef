"""The page about replays: what was reached, recall in full, false matches, place and pitch, speed and size."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

from bench.heard.corpora import PACKAGES
from bench.replay.distortions import DISTORTIONS
from bench.replay.ours import OURS
from bench.replay.plots import by_distortion, by_length, over_false_matches, reliability
from bench.replay.results import Report, write_report
from bench.replay.targets import mean, reached, recall
from bench.replay.trials import FIVE, LENGTHS
from models.evaluation.intervals import binomial_interval
from models.evaluation.page import Page

NAME: Final = "replay"
GROWTH: Final = "replay-growth.md"


def write_page(report: Report, folder: Path) -> list[Path]:
    """Write the page, its pictures and the JSON; their paths.

    Raises
    ------
    OSError
        If they can't be written.
    ModelError
        If matplotlib isn't installed.
    """
    page = Page(NAME, "Replays found again", f"{report.command} --out {folder.as_posix()}")
    page.facts(_facts(report))
    _reached(page, report, growth=(folder / GROWTH).exists())
    _together(page, report)
    _by_distortion(page, report)
    _unknown(page, report)
    _stated(page, report)
    _errors(page, report)
    _speed(page, report)
    _material(page, report)
    path = folder / f"{NAME}.json"
    write_report(report, path)
    with TemporaryDirectory() as made:  # a page takes away what begins with its name: the other page's pictures too
        page.write(Path(made))
        for file in Path(made).iterdir():
            copyfile(file, folder / file.name)
    return [folder / f"{NAME}.md", path]


def _facts(report: Report) -> dict[str, object]:
    here, heard = report.machine, report.corpus
    queries = {length: sum(u.queries for u in report.unknown if (u.contender, u.length) == (OURS, length))
               for length in LENGTHS}  # fmt: skip
    return {
        "Material": f"the half to {report.half}, seed {report.seed}" + (", a quick run: no claims" * report.quick),
        "Known calls": f"{sum(heard.known.values()):,}, {heard.known_s / 3600:.1f} h, "
        f"{heard.known_recordings:,} recordings in them",
        "Unknown calls": f"{sum(heard.unknown.values()):,}, {heard.unknown_s / 3600:.1f} h, "
        f"{heard.unknown_recordings:,} recordings in them",
        "Queries of unknown calls": ", ".join(f"{count:,} of {length}" for length, count in queries.items())
        + f": {sum(queries.values()):,}",
        **_left_out(report),
        **{f"Contender {name}": about for name, about in report.contenders.items()},
        **({"Missing": "; ".join(report.missing)} if report.missing else {}),
        "When": f"{report.began}, {report.seconds / 60:.0f} minutes, commit {report.commit}",
        "Machine": f"{here.processor}, {here.cores} cores, load average {here.load:g} before it began",
    }


def _left_out(report: Report) -> dict[str, str]:
    """Say what a run that was held to some minutes didn't come to."""
    asked = {cell.distortion for cell in report.of(OURS, FIVE)}
    if len(asked) == len(DISTORTIONS):
        return {}
    return {
        "Not whole": f"{len(asked)} of {len(DISTORTIONS)} distortions were asked at 5 s before time was up, not "
        "equally often; means are over queries"
    }


def _reached(page: Page, report: Report, *, growth: bool) -> None:
    page.text(
        "A query is a piece of a known call after a distortion; it counts when the right call comes first and scores "
        "above a threshold that one in 1,000 queries of unknown calls exceeds. Thresholds are each contender's own, "
        "for each length. All hear the same samples in the same run, after a last leg of G.711. Queries of 2 s are "
        "chunks as the product cuts them; of 4 s two of them whose evidence is added up, which others hear as one "
        "piece. What is tuned was tuned on other recordings, other voices of prompts and other seeds."
    )
    page.text("## What was to be reached")
    page.table(["what", "target", *report.contenders, ""], reached(report))
    among = f"All this is among {sum(report.corpus.known.values()):,} known calls."
    more = (
        f"Recall among many more, search in the store and bytes on disk: [The replay index as it grows]({GROWTH})."
        if growth
        else ""
    )
    page.text(f"{among} {more}")


def _together(page: Page, report: Report) -> None:
    page.text("## All distortions together")
    page.text(
        "Intervals of 95 % draw known calls again, and take the threshold's own interval in, which draws unknown "
        "calls again (bootstrap): where few unknown queries decide a threshold, they are wide. *Fitted*: fewer than "
        "one query of those that were asked would exceed the threshold, so that it was read off an exponential tail "
        "fitted to the 100 greatest scores of unknown queries, but not below the greatest: a guess, not a count."
    )
    page.plot("false-matches", over_false_matches(report), "Recall over the rate of false matches, by length")
    page.plot("length", by_length(report), "Recall by length of query")
    rows = [
        [total.contender, total.length, f"{total.rate:g}" + (" (fitted)" * total.extrapolated),
         f"{total.unknown:,}", f"{total.threshold:.2f}", mean(total)]
        for total in report.totals
    ]  # fmt: skip
    page.table(["contender", "length", "false matches", "unknown queries", "threshold", "recall"], rows)
    page.text("### By what was replayed")
    page.text("At one false match in 1,000.")
    kinds = list(dict.fromkeys((part.contender, part.length) for part in report.parts))
    page.table(
        ["contender", "length", "speech", "synthetic voices", "music"],
        [[name, length, *(_part(report, name, length, kind) for kind in ("speech", "made", "music"))]
         for name, length in kinds],
    )  # fmt: skip


def _part(report: Report, name: str, length: str, kind: str) -> str:
    for part in report.parts:
        if (part.contender, part.length, part.kind) == (name, length, kind):
            return f"{part.hits / part.trials:.3f} ({part.trials:,})"
    return ""


def _by_distortion(page: Page, report: Report) -> None:
    page.text("## By distortion")
    page.text(
        "At one false match in 1,000; Clopper and Pearson's interval of 95 %. In the last columns: with thresholds at "
        "the ends of their interval; at 1e-4; right calls whatever they scored; others' calls above the threshold."
    )
    page.plot("distortions", by_distortion(report), "Recall of 5 s for every distortion and contender")
    headers = ["distortion", *report.contenders, "threshold's ends", "at 1e-4", "right call", "wrong call"]
    page.table(headers, list(_distortions(report)))
    page.text("### Other lengths, ours")
    others = [length for length in LENGTHS if length != FIVE]
    cells = {length: {cell.distortion: cell for cell in report.of(OURS, length)} for length in others}
    page.table(
        ["distortion", *others],
        [[cell.distortion, *(recall(cells[n][cell.distortion]) if cell.distortion in cells[n] else "" for n in others)]
         for cell in report.of(OURS, FIVE)],
    )  # fmt: skip


def _distortions(report: Report) -> Iterator[list[str]]:
    by_name = {name: {cell.distortion: cell for cell in report.of(name, FIVE)} for name in report.contenders}
    for cell in report.of(OURS, FIVE):
        figures = [recall(found) if (found := by_name[name].get(cell.distortion)) else "" for name in by_name]
        yield [
            cell.distortion, *figures, f"{cell.least / cell.trials:.3f} to {cell.most / cell.trials:.3f}",
            f"{cell.hits_4 / cell.trials:.3f}", f"{cell.identified / cell.trials:.3f}", f"{cell.wrong}",
        ]  # fmt: skip


def _unknown(page: Page, report: Report) -> None:
    page.text("## Unknown calls")
    page.text(
        "Seven in ten of their queries are distorted, each way as often as any other; of the others none is. They come "
        "from the same voices and sources as the known ones, from other recordings. Above the threshold of 1e-3 were "
        "matched: tones, which no threshold rests on, because a ring-back tone is like any other and only a gate "
        "against tones can tell; known calls of synthetic voices begin with one now and then."
    )
    rows = [
        [each.contender, each.length, each.kind, f"{each.queries:,}", f"{each.calls:,}", f"{each.matched:,}"]
        for each in report.unknown
    ]
    page.table(["contender", "length", "kind", "queries", "from calls", "matched"], rows)


def _stated(page: Page, report: Report) -> None:
    page.text("## Whether the probability means what it says")
    page.text(
        "Ours states with every match how probable it is that a query of which nothing is known scores so. Here is "
        "which share of unknown queries, tones among them, was matched at or below a stated probability."
    )
    page.plot("stated", reliability(report), "Share of unknown queries at or below a stated probability")
    chances = list(dict.fromkeys(stated.chance for stated in report.stated))
    rows = []
    for chance in chances:
        row = [f"{chance:g}"]
        for stated in report.stated:
            if stated.chance == chance:
                low, high = binomial_interval(stated.seen, stated.unknown)
                row.append(f"{stated.seen:,}: {stated.seen / stated.unknown:.2g} ({low:.1g} to {high:.1g})")
        rows.append(row)
    page.table(["stated", *dict.fromkeys(stated.length for stated in report.stated)], rows)


def _errors(page: Page, report: Report) -> None:
    page.text("## Where in the call, how high, how fast")
    page.text(
        "Errors of ours where it found the call at 1e-3: median and 95th percentile of their size. The place is that "
        "of the query's middle in the call."
    )
    rows = [
        [error.length, error.kind, f"{error.found:,}", *(_both(pair) for pair in _thousandths(error.offset_s)),
         _percents(error.pitch), _percents(error.tempo)]
        for error in report.errors
    ]  # fmt: skip
    page.table(["length", "distortions", "found", "place, ms", "pitch, %", "tempo, %"], rows)


def _thousandths(pair: tuple[float, float]) -> list[tuple[float, float]]:
    return [(1000.0 * pair[0], 1000.0 * pair[1])]


def _both(pair: tuple[float, float]) -> str:
    return f"{pair[0]:.0f}, {pair[1]:.0f}"


def _percents(pair: tuple[float, float]) -> str:
    return f"{100.0 * pair[0]:.2f}, {100.0 * pair[1]:.2f}"


def _speed(page: Page, report: Report) -> None:
    page.text("## Speed and size")
    page.text("CPU time of one core: median, least and greatest of all rounds, with the index in memory.")
    rows = [
        [each.what, each.unit, f"{each.figure.median:,.4g}", f"{each.figure.low:,.4g} to {each.figure.high:,.4g}"]
        for each in report.speed
    ]
    page.table(["what", "unit", "median", "least to greatest"], rows)
    sizes: Sequence[list[str]] = [
        [size.contender, f"{size.bytes_per_call:,.0f}", f"{size.bytes_per_s:,.0f}"] for size in report.sizes
    ]
    page.text("Kept before any compression; ours is 11 bytes a posting and a word of four for every second frame.")
    page.table(["contender", "bytes a call", "bytes a second of audio"], sizes)


def _material(page: Page, report: Report) -> None:
    page.text("## Material")
    page.text(
        "Prompts are joined to messages of 10 to 30 s, each prompt in one message only; which take a prompt holds was "
        "told by waveforms, and of several prompts of one take one is used. Of one clip heard through several "
        "systems, and of one device's recordings, one is used. A query of speech is cut where somebody is heard in at "
        "least half of it (of each chunk, for 2 s and 4 s). Signal-to-noise ratios are of mean powers over the "
        "query. Thirty in a hundred queries are of synthetic voices, ten of music. G.729 is missing: no free coder "
        "of it is at hand."
    )
    known, unknown = report.corpus.known, report.corpus.unknown
    rows = [[name, f"{known.get(name, 0):,}", f"{unknown.get(name, 0):,}"] for name in sorted({*known, *unknown})]
    page.table(["source", "known calls", "unknown calls"], rows)
    page.text(f"What of this is Debian's: `{PACKAGES}`; the rest is one's own folder (`CALLSIEVE_DATA`).")
