"""The page about tones: what was to be reached first, then everything it rests on."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.progress.conditions import CLEAN, CODED, CONDITIONS, NOISES, PLAIN
from bench.progress.mistaken import rate
from bench.progress.national import PLANS
from bench.progress.pictures import confusions, false_per_hour, over_noise
from bench.progress.results import CHUNK, CHUNKS, OURS, SPANDSP, Report
from bench.progress.signals import DATA, SUPERVISORY, SYMBOLS
from bench.progress.tally import UNNAMED, Cell, pooled, share
from bench.progress.targets import hourly, percent, targets
from bench.progress.tasks import COUNTRIES
from models.evaluation.page import Page

NAME: Final = "tones"
_OUTCOMES: Final = ("right", "also", "unnamed", "wrong", "missed")
_SHOWN: Final = 0.002  # share of trials from which a wrong name stands in the table
_EXAMPLES: Final = 25


def write_page(report: Report, folder: Path) -> Path:
    """Write the page and its pictures; the page's path.

    Raises
    ------
    OSError
        If it can't be written.
    """
    page = Page(NAME, "Call progress, fax, modem and other tones", report.command)
    page.facts(_facts(report))
    page.text("## What was to be reached")
    page.table(
        ("target", "to reach", "spandsp", "callsieve", ""),
        [(t.what, t.wanted, t.spandsp, t.measured, t.said) for t in targets(report)],
    )  # fmt: skip
    page.text(
        "*Reached* is said of the figure as it was measured: an interval in brackets may reach beyond the target."
    )
    page.text(_METHOD)
    if report.cells:
        _noise(page, report)
        _chunk(page, report)
        _conditions(page, report)
        _countries(page, report)
        _names(page, report)
    if report.mistaken.listened:
        _mistaken(page, report)
    if report.speed.cases:
        _speed(page, report)
    return page.write(folder)


_METHOD: Final = (
    "Every trial is made from its own seed: a second or less of silence, then the signal as its country or its "
    "Recommendation has it, written down in `bench/progress` by itself and not taken from the detector's table. Call "
    "progress goes on to the end of 8 s (ring-back 12 s); the others are sent whole, with silence after. Where a "
    "condition does not say otherwise, the level is between -20 and -10 dBm0, all frequencies are off by one error of "
    "up to 0.3 %, and the sound goes through mu-law. *Signal-to-noise* is the signal's power while it is on over the "
    "power of white Gaussian noise from 0 to 4 kHz, which is there all the time, in pauses too. Frequencies 1 % off "
    "are, for 2100 Hz, as far off as T.30 allows: 15 Hz. Lost packets are 20 ms each, each lost by itself.\n\n"
    "*Named right* means: a right name was heard and no other; a burst that is only known to be some supervisory tone "
    f"(`{UNNAMED}`) is not held against it. Two lines of the national table are one and the same signal under two "
    "names (425 Hz, 0.2 s on and off, is Spain's busy and Italy's reorder; Japan's busy and reorder are alike): there "
    "either is right. Intervals are of 95 % (Clopper and Pearson for shares, Garwood for rates).\n\n"
    "spandsp hears the same samples: `super_tone_rx` told the four tones of the very country, every length within "
    "10 % and 30 ms as its own test program does it, and `modem_connect_tones_rx` for CNG and for CED or V.21. On "
    f"recordings it is told the tones of one country; above, those of {COUNTRIES[0]}. Ours is told no country and "
    "listens for all nine."
)


def _facts(report: Report) -> dict[str, object]:
    here = report.machine
    hours = sum(one.seconds for one in report.mistaken.listened if one.way == OURS) / 3600
    trials = sum(cell.trials for cell in report.cells if cell.way == OURS)
    facts: dict[str, object] = {
        "trials": f"{trials:,}, made from seed {report.seed:,}; seeds below 1,000 are for tuning",
        "recordings": f"{hours:.1f} hours at six speeds, of the half that tunes nothing (`bench/heard/halves.py`)"
        if report.half == "report"
        else f"{hours:.1f} hours **of the half that tunes**",
        "machine": f"{here.processor}, {here.cores} cores, Python {here.python}, load {here.load}",
        "run": f"{report.began}, {report.seconds:,.0f} s, commit `{report.commit}`",
    }
    if report.quick:
        facts["quick"] = "**too few trials to quote**"
    if report.missing:
        facts["missing here"] = "; ".join(report.missing)
    return facts


def _noise(page: Page, report: Report) -> None:
    page.text("## In noise, as one stream")
    kinds = [*((symbol, (symbol,)) for symbol in SYMBOLS), ("**all supervisory**", SUPERVISORY)]
    _by_noise(page, report, kinds, OURS)
    page.text("spandsp, for what it has a receiver for:")
    _by_noise(page, report, kinds, SPANDSP)
    page.plot("noise", over_noise(report), "Share named right over signal-to-noise for each signal")


def _by_noise(page: Page, report: Report, kinds: Sequence[tuple[str, tuple[str, ...]]], way: str) -> None:
    rows = []
    for name, symbols in kinds:
        found = [share(report.cells, _cells(way, symbols, (condition.name,))) for condition in NOISES]
        if any(one.trials for one in found):
            rows.append((name, f"{max(one.trials for one in found):,}", *(percent(one) for one in found)))
    page.table(("signal", "trials a cell", *(condition.name for condition in NOISES)), rows)


def _chunk(page: Page, report: Report) -> None:
    page.text(
        "## In one chunk\n\nTwo seconds with their lead-in of 128 ms, cut at a random moment of the same streams at "
        "which they hold at least 0.4 s of the signal, or half of it: all that the product looks at at a time. A "
        f"cadence is not always to be seen in two seconds; then the honest name is `{UNNAMED}`. Clean and in noise of "
        "20 to 10 dB together; *wrong* counts chunks with no right name but another."
    )
    rows = []
    for symbol in SYMBOLS:
        counts = pooled(report.cells, _cells(CHUNK, (symbol,), tuple(one.name for one in NOISES)))
        if counts["trials"]:
            rows.append((symbol, f"{counts['trials']:,}", *_shares(counts)))
    page.table(("signal", "chunks", *_OUTCOME_NAMES), rows)


_OUTCOME_NAMES: Final = ("right", "right and another", f"only `{UNNAMED}`", "wrong", "nothing")


def _shares(counts: dict[str, int]) -> list[str]:
    return [f"{100 * counts[name] / counts['trials']:.1f} %" for name in _OUTCOMES]


def _conditions(page: Page, report: Report) -> None:
    page.text(
        "## Frequency, level, codecs, losses\n\nHalf of the trials are supervisory tones of all countries in "
        "turns, half are all the others in turns. spandsp is asked about those only that it has a receiver for."
    )
    rows = []
    known = (*SUPERVISORY, *_PEER_DATA)
    for condition in (*PLAIN, *CODED):
        asked = [(OURS, SYMBOLS), (OURS, SUPERVISORY), (OURS, DATA), (CHUNK, SYMBOLS), (SPANDSP, known)]
        found = [share(report.cells, _cells(way, symbols, (condition.name,))) for way, symbols in asked]
        if found[0].trials:
            rows.append((condition.name, f"{found[0].trials:,}", *(percent(one) for one in found)))
    page.table(("condition", "trials", "all", "supervisory", "others", "all, in one chunk", "spandsp"), rows)


_PEER_DATA: Final = ("cng", "ced", "ans_pr", "ansam", "ansam_pr", "v21")


def _countries(page: Page, report: Report) -> None:
    page.text(
        "## By country\n\nNamed right as one stream, over all conditions of this page together: noise down to 10 dB, "
        "codecs, losses, levels."
    )
    rows = []
    for country in PLANS:
        found = [share(report.cells, _cells(OURS, (kind,), None, country)) for kind in SUPERVISORY]
        every = share(report.cells, _cells(OURS, SUPERVISORY, None, country))
        theirs = share(report.cells, _cells(SPANDSP, SUPERVISORY, None, country))
        if every.trials:
            rows.append(
                (country, f"{every.trials:,}", *(percent(one) for one in found), percent(every), percent(theirs))
            )
    page.table(("country", "trials", *SUPERVISORY, "all four", "spandsp, all four"), rows)
    rows = []
    for symbol in DATA:
        forms = list(dict.fromkeys(cell.form for cell in report.cells if cell.symbol == symbol))
        for form in forms:
            found_of_form = share(report.cells, _cells(OURS, (symbol,), None, form))
            rows.append((symbol, form, f"{found_of_form.trials:,}", percent(found_of_form),
                         _known(report, symbol, form)))  # fmt: skip
    page.text(
        "The other signals, all conditions together; beside it the median, without noise, of how long it takes until "
        "it is sure that there is a tone that counts (its name may need all of it):"
    )
    page.table(("signal", "form", "trials", "named right", "sure of a tone after, s"), rows)


def _known(report: Report, symbol: str, form: str) -> str:
    wanted = _cells(OURS, (symbol,), (CLEAN.name,), form)
    return next((f"{c.known_s:.2f}" for c in report.cells if wanted(c) and c.known_s is not None), "n/a")


def _names(page: Page, report: Report) -> None:
    page.text(
        "## What is taken for what\n\nShare of streams in which each name was heard at all, in per cent, all "
        "conditions together; a stream can have several."
    )
    page.plot("names", confusions(report.cells, OURS), "Which names were heard where each signal was sent")
    rows = []
    for symbol in SYMBOLS:
        own = [cell for cell in report.cells if cell.symbol == symbol and cell.way == OURS]
        counts = pooled(own, lambda cell: True)
        if counts["trials"]:
            rows.append((symbol, *_shares(counts), _wrong_names(own, counts["trials"])))
    page.table(("sent", *_OUTCOME_NAMES, "other names heard"), rows)
    worst = sorted(
        (cell for cell in report.cells if cell.way == OURS and cell.right < cell.trials),
        key=lambda cell: cell.right / cell.trials,
    )
    page.text("The lines that are heard worst:")
    page.table(
        ("signal", "form", "condition", "right of trials", "names heard"),
        [
            (cell.symbol, cell.form, cell.condition, f"{cell.right} of {cell.trials}",
             ", ".join(f"{name} {count}" for name, count in cell.names.items()) or "none")
            for cell in worst[:_EXAMPLES]
        ],
    )  # fmt: skip


def _wrong_names(cells: Sequence[Cell], trials: int) -> str:
    """Names that are no form's right one, the most frequent first."""
    from bench.progress.signals import signals

    right = {(one.symbol, one.form): one.right for forms in signals().values() for one in forms}
    total: Counter[str] = Counter()
    for cell in cells:
        total.update({n: c for n, c in cell.names.items() if n not in right[cell.symbol, cell.form] and n != UNNAMED})
    kept = [(name, count) for name, count in total.most_common() if count / trials >= _SHOWN]
    return ", ".join(f"{name} {100 * count / trials:.1f} %" for name, count in kept) or "-"


def _mistaken(page: Page, report: Report) -> None:
    listened = report.mistaken.listened
    ways = list(dict.fromkeys(one.way for one in listened))
    kinds = sorted({one.kind for one in listened}, reverse=True)
    supervisory_ways = [way for way in ways if way != f"{SPANDSP}, fax"]
    page.text(
        "## Where there is no tone\n\nRecordings of speech, of music and of noise (sounds of the surroundings, and "
        "rooms where nobody speaks), each at six speeds from 0.8 to 1.25, which moves pitch too. *One stream*: one "
        "detector listens to recordings one after another. *Chunk by chunk*: as the product listens; a tone counts "
        "in the chunk in which it is new. Of warzone2100's four hours of music every other piece is played. "
        "`speech_calls` is divided file by file, so some of its talkers are in both halves. "
        "Supervisory tones an hour (dial, ringback, busy, reorder):"
    )
    page.table(
        ("who", *kinds),
        [(way, *(hourly(rate(listened, kind, way, SUPERVISORY)) for kind in kinds)) for way in supervisory_ways],
    )
    page.plot("false", false_per_hour(report, supervisory_ways), "False supervisory tones an hour, by who listened")
    page.text(f"Every name by itself, an hour; `{UNNAMED}` is a burst of unknown meaning, by which nothing is judged.")
    names = [*SYMBOLS, UNNAMED]
    heard = {(way, kind): Counter[str]() for way in ways for kind in kinds}
    for one in listened:
        heard[one.way, one.kind].update(one.named)
    ours = [way for way in ways if way in (OURS, CHUNKS)]
    columns = [(kind, way) for kind in kinds for way in (*ours, f"{SPANDSP}, fax") if way in ways]
    page.table(
        ("name", *(f"{kind}, {way.removeprefix(OURS).strip(', ') or 'one stream'}" for kind, way in columns)),
        [(name, *(f"{rate(listened, kind, way, (name,)).value:.2f}" for kind, way in columns))
         for name in names if any(heard[way, kind][name] for kind, way in columns)],
    )  # fmt: skip
    page.text("By source, supervisory tones as one stream and chunk by chunk:")
    sources = list(dict.fromkeys((one.kind, one.source) for one in listened))
    page.table(
        ("kind", "source", "hours", *ours),
        [(kind, source, f"{rate(listened, kind, OURS, (), source).hours:.2f}",
          *(f"{rate(listened, kind, way, SUPERVISORY, source).events}" for way in ours)) for kind, source in sources],
    )  # fmt: skip
    examples = [one for one in report.mistaken.examples if one.symbol in SUPERVISORY]
    if examples:
        page.text("Where the supervisory ones were heard, seconds at that speed:")
        page.table(
            ("who", "name", "source", "recording", "speed", "at", "for"),
            [(one.way, one.symbol, one.source, one.recording, one.speed, f"{one.start_s:.1f} s",
              f"{one.duration_s:.2f} s") for one in examples[:_EXAMPLES]],
        )  # fmt: skip


def _speed(page: Page, report: Report) -> None:
    page.text(
        "## Speed\n\nSeconds of audio a second of CPU time, one thread, on simulated calls of all kinds; the ways take "
        f"turns, {report.speed.rounds} rounds. spandsp has all its receivers on here; its digits alone are on the page "
        "about [DTMF](dtmf.md)."
    )
    page.table(
        ("way", "does", "median", "least", "greatest"),
        [(c.name, c.about, f"{c.rate.median:,.0f}", f"{c.rate.low:,.0f}", f"{c.rate.high:,.0f}")
         for c in report.speed.cases],
    )  # fmt: skip


def _cells(
    way: str, symbols: Sequence[str], conditions: Sequence[str] | None, form: str | None = None
) -> Callable[[Cell], bool]:
    known = conditions if conditions is not None else [condition.name for condition in CONDITIONS]
    return lambda cell: (
        cell.way == way and cell.symbol in symbols and cell.condition in known and form in (None, cell.form)
    )
