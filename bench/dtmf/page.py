"""The page about digits: what was reached, each clause in full, false digits, speed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.dtmf.clause import Clause, clauses
from bench.dtmf.plots import curves, false_digits
from bench.dtmf.q24 import asked
from bench.dtmf.results import Cell, Report, TalkOff, write_report
from bench.dtmf.summary import Grid, interval, percent, receivers, targets
from bench.dtmf.talkoff import added
from bench.heard.corpora import PACKAGES
from bench.heard.rates import poisson_interval
from bench.heard.roster import OURS
from models.evaluation.page import Page

NAME: Final = "dtmf"
DRAWN: Final = ("frequency", "twist", "level", "duration", "noise")
LISTED: Final = 40  # of our false digits; all are in the JSON
WANTED: Final = {"accept": "yes", "reject": "no", "either": "open"}


def write_page(report: Report, folder: Path) -> list[Path]:
    """Write the page, its pictures and the JSON; their paths.

    Raises
    ------
    OSError
        If they can't be written.
    ModelError
        If matplotlib isn't installed.
    """
    page = Page(NAME, "Digits heard", f"{report.command} --out {folder.as_posix()}")
    page.facts(_facts(report))
    _introduction(page, report)
    for name, clause in clauses().items():
        if own := report.of(name):
            _clause(page, report, clause, own)
    if report.talk_off:
        _talk_off(page, report)
    if report.speed:
        _speed(page, report)
    path = folder / f"{NAME}.json"
    write_report(report, path)
    return [page.write(folder), path]


def _facts(report: Report) -> dict[str, object]:
    here = report.machine
    trials = {cell.trials for cell in report.cells}
    return {
        "Material": f"the half to {report.half}, seed {report.seed}" + (", a quick run: no claims" * report.quick),
        "Trials of each case": " or ".join(f"{n:,}" for n in sorted(trials)) or "none",
        **{f"Receiver {name}": about for name, about in report.receivers.items()},
        **({"Missing": "; ".join(report.missing)} if report.missing else {}),
        **({"Left out": "; ".join(f"{w}: {why}" for w, why in report.left_out.items())} if report.left_out else {}),
        "When": f"{report.began}, {report.seconds / 60:.0f} minutes, commit {report.commit}",
        "Machine": f"{here.processor}, {here.cores} cores, load average {here.load:g} before it began",
    }


def _introduction(page: Page, report: Report) -> None:
    page.text(
        "All receivers hear the same samples in the same run, with their own settings. Trials follow on each other in "
        "one stream, with pauses between; a trial counts when exactly the digits sent come out. An interval is "
        "Clopper and Pearson's of 95 %. Levels are dBm0 of each tone; digits are hard-keyed, begin anywhere in a "
        "packet, and come in all sixteen keys equally often. What is tuned was tuned on other recordings and other "
        "seeds: [ADR 26](../adr/0026-halves-and-peers.md)."
    )
    page.text("## What was to be reached")
    page.text(
        "Twist and range: as far as 99 % of the trials are accepted everywhere. Signal to noise: the lowest ratio at "
        "which, as at every higher one, none of 1,000 digits is missing, doubled or wrong. Of lost packets ours is "
        "told which they were, as the tap tells it; the others have no way to be told, and what ours does without is "
        "below. "
        "*Reached* is said of the figure as it was measured: an interval in brackets may reach beyond the target."
    )
    page.table(*targets(report))
    page.text("## What Q.24 asks for")
    page.text(
        "The least share accepted anywhere in the range that a column of Q.24's table 1 asks for, or the largest where "
        "nothing is to be accepted; bold where no more than one trial in a hundred goes wrong. NTT wants "
        "nothing heard below -29 dBm0; a range of 50 dB, which is wanted above, can't be had together with that."
    )
    page.table(*asked(report))


def _clause(page: Page, report: Report, clause: Clause, own: Sequence[Cell]) -> None:
    page.text(f"## {clause.title}")
    page.text(clause.about)
    if clause.name in DRAWN:
        page.plot(
            clause.name.replace(" ", "-"),
            curves(report, own, clause.unit),
            f"{clause.title}: share accepted by each receiver",
        )
    page.table(*_shares(report, clause, own))


def _shares(report: Report, clause: Clause, own: Sequence[Cell]) -> Grid:
    """Shares with their intervals; neighbours that came out alike for everybody stand in one row."""
    names = list(dict.fromkeys([*receivers(report), *(name for cell in own for name in cell.hits)]))
    series = len({cell.series for cell in own}) > 1
    rows = []
    for alike in _alike(own):
        first, last = alike[0], alike[-1]
        x = f"{first.x:g}" if first is last else f"{first.x:g} to {last.x:g}"
        head = [first.series, x] if series else [x]
        rows.append([*head, WANTED[first.wanted], *(_share(first, name) for name in names)])
    return [*(["case"] if series else []), clause.unit, "wanted", *(f"{name}, %" for name in names)], rows


def _share(cell: Cell, name: str) -> str:
    if name not in cell.hits:
        return ""
    return f"{percent(cell, name)} ({interval(cell, name)})"


def _alike(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    group: list[Cell] = []
    for cell in cells:
        if group and (group[0].series, group[0].wanted, group[0].hits) != (cell.series, cell.wanted, cell.hits):
            yield group
            group = []
        group.append(cell)
    if group:
        yield group


def _talk_off(page: Page, report: Report) -> None:
    page.text("## False digits")
    page.text(
        "Recordings in which nobody presses a key, played at 0.8, 0.9, 1, 1.1, 1.2 and 1.25 times their speed, pitch "
        "and all. Hours are those heard. The interval is exact for events independent of each other (Garwood, 95 %); "
        "one recording at six speeds is not six recordings, so read it as the narrowest that can be said. Calls are "
        "heard as they were recorded, music of games at -16 dBm0. Beeps and conference tones are left out. "
        "`speech_calls` and `noise_esc10` are divided between the halves file by file, so some of their talkers and "
        "places are in both; all other speech comes from sources that tuned nothing."
    )
    page.plot("talk-off", false_digits(report), "False digits an hour by kind of sound and receiver")
    page.table(*_rates(report, "kind"))
    page.text("### By source")
    page.table(*_rates(report, "source"))
    page.text("### By speed")
    page.table(*_rates(report, "speed"))
    fired = [each for part in report.talk_off for each in part.fired]
    if fired:
        page.text("### Where ours fired")
        page.text(f"{len(fired)} in all{f'; the first {LISTED}' if len(fired) > LISTED else ''}.")
        page.table(
            ["source", "file", "second", "at speed", "key"],
            [[e.source, f"`{e.file}`", f"{e.at_s:.2f}", f"{e.speed:g}", f"`{e.symbol}`"] for e in fired[:LISTED]],
        )
    page.text(f"What of this is Debian's: `{PACKAGES}`; the rest is one's own folder (`CALLSIEVE_DATA`).")


def _rates(report: Report, by: str) -> Grid:
    names = receivers(report)
    keys = list(dict.fromkeys(_key(part, by) for part in report.talk_off))
    rows = []
    for key in keys:
        own = [part for part in report.talk_off if _key(part, by) == key]
        hours, false = sum(part.hours for part in own), added(own)
        # a recording counts once, at whatever speeds it is played
        count = sum(max(p.recordings for p in own if p.source == source) for source in {p.source for p in own})
        rows.append([*key, str(count), f"{hours:.2f}", *(_rate(false[name], hours) for name in names if name in false)])
    head = {"kind": ["kind"], "source": ["kind", "source"], "speed": ["kind", "speed"]}[by]
    return [*head, "recordings", "hours", *(f"{name}: false digits, an hour" for name in names)], rows


def _key(part: TalkOff, by: str) -> tuple[str, ...]:
    if by == "kind":
        return (part.kind,)
    return (part.kind, part.source) if by == "source" else (part.kind, f"{part.speed:g}")


def _rate(events: int, hours: float) -> str:
    low, high = poisson_interval(events, hours)
    return f"{events}: {_short(events / hours)} ({_short(low)} to {_short(high)})"


def _short(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"


def _speed(page: Page, report: Report) -> None:
    page.text("## Speed")
    page.text(
        "Audio seconds per second of one core, median, least and greatest of all rounds, on simulated calls of all "
        "kinds; ways take turns. Digits alone: both fed two seconds at a time, and packets of 20 ms. All tones: ours "
        "chunk by chunk with each chunk's lead-in, as in the product, and as one stream; spandsp with its receivers "
        "of digits, of one country's call progress and of fax. spandsp is compiled C, called from Python as ours is."
    )
    rows = [
        [each.what, f"**{name}**" if name.startswith(OURS) else name, f"{rate.median:,.0f}",
         f"{rate.low:,.0f} to {rate.high:,.0f}",
         " ".join(f"{r.times.median:.2f} ({r.times.low:.2f} to {r.times.high:.2f})" for r in each.ratios
                  if r.over == name)]
        for each in report.speed
        for name, rate in each.rates.items()
    ]  # fmt: skip
    page.table(["what", "way", "audio s per core s", "least to greatest", "ours is … times as fast"], rows)
