"""The page about the replay index as it grows."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from scipy.stats import binomtest

from bench.result import Machine, write_as
from models.evaluation.page import Page
from models.evaluation.plots import figure, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME: Final = "replay-growth"
MOST_CLICKHOUSE_MS: Final = 40.0
MOST_AGENT_MS: Final = 15.0
MOST_BYTES: Final = 15_000
_FULL: Final = 5.0


class Recall(msgspec.Struct, frozen=True):
    """Queries of one distortion and length: how many were found in the right call, of how many."""

    distortion: str
    length_s: float
    found: int
    asked: int


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """The index at one size.

    ``rows`` are those of a query of five seconds, ``parts`` ClickHouse's; times are medians of warm queries of five
    seconds. ``false`` counts unknown queries that were matched at a chance of 1e-3, by length, and ``chances`` are the
    median, the tenth, the hundredth and the least of what they were told.
    """

    calls: int
    postings: int
    parts: int
    rows: int
    clickhouse_wall_ms: float
    clickhouse_wall_p95_ms: float
    clickhouse_cpu_ms: float
    agent_cpu_ms: float
    postings_bytes: float
    words_bytes: float
    inserted_per_cpu_s: int
    counting_cpu_s: float
    recalls: list[Recall]
    false: dict[str, int]
    chances: dict[str, list[float]]

    def recall(self, length_s: float, distortion: str | None = None) -> float:
        """Share that was found; of all distortions without a name."""
        own = [one for one in self.recalls if one.length_s == length_s and distortion in (None, one.distortion)]
        return sum(one.found for one in own) / max(1, sum(one.asked for one in own))


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    format: int = 1
    began: str
    seconds: float
    commit: str
    machine: Machine
    known: int
    queries: int
    unknown: int
    enrolment_s_per_cpu_s: float
    levels: list[Level]


def write_growth(growth: Growth, folder: Path) -> list[Path]:
    """Write the page, its picture and the JSON; their paths.

    Raises
    ------
    OSError
        If they can't be written.
    """
    sizes = ",".join(str(level.calls) for level in growth.levels)
    told = f"--calls {sizes} --queries {growth.queries} --unknown {growth.unknown}"
    page = Page(NAME, "The replay index as it grows", f"python -m bench.replay_growth {told}")
    page.facts(_facts(growth))
    page.text(_INTRODUCTION)
    _cost(page, growth)
    _recall(page, growth)
    _chance(page, growth)
    path = folder / f"{NAME}.json"
    write_as(growth, path)
    return [page.write(folder), path]


_INTRODUCTION: Final = """
Real calls stand among made-up ones: pieces of 1.5 to 3 s of other real calls' peaks and words, played backwards, at
another tempo and pitch, each peak a little moved. So the keys are as common and as rare as real calls make them, and
nothing is there twice. Everything else is what production runs: the tables of migration 10 in ClickHouse in this
process, `streams.replay` for enrolment and search, one thread. Before it is asked, each size is merged to one part a
month, as ClickHouse does by itself in time; nothing is merged while it is asked. Queries come from the half of the
recordings that nothing was tuned on.
"""


def _facts(growth: Growth) -> dict[str, object]:
    here = growth.machine
    return {
        "Known calls": f"{growth.known} real ones; the others are made up, 30 s each",
        "Queries": f"{growth.queries} of each distortion and length, {growth.unknown} unknown ones of each length",
        "Enrolment": f"{growth.enrolment_s_per_cpu_s:,.0f} s of audio a core second, fingerprint and inserts",
        "When": f"{growth.began}, {growth.seconds / 60:.0f} minutes, commit {growth.commit}",
        "Machine": f"{here.processor}, {here.cores} cores, load average {here.load:g} before it began",
    }


def _cost(page: Page, growth: Growth) -> None:
    page.text(
        "## What a query costs\n\nOne query of five seconds, warm: the median. Targets at a million"
        f" calls: {MOST_CLICKHOUSE_MS:g} ms of a core in ClickHouse, {MOST_AGENT_MS:g} ms in the agent (choosing keys,"
        f" joining rows, verifying), {MOST_BYTES:,} bytes a call. ClickHouse's times hold the transfer of the rows."
    )
    page.table(
        ["calls", "postings", "parts", "rows a query", "ClickHouse, CPU ms", "wall ms", "95 % of queries, ms",
         "agent, CPU ms", "bytes a call, postings", "words", "postings inserted a CPU s", "counting keys, CPU s"],
        [
            [f"{one.calls:,}", f"{one.postings:,}", one.parts, f"{one.rows:,}", one.clickhouse_cpu_ms,
             one.clickhouse_wall_ms, one.clickhouse_wall_p95_ms, one.agent_cpu_ms, f"{one.postings_bytes:,.0f}",
             f"{one.words_bytes:,.0f}", f"{one.inserted_per_cpu_s:,}", one.counting_cpu_s]
            for one in growth.levels
        ],
    )  # fmt: skip
    page.plot("cost", _drawn(growth), "Cost of a query and recall over the size of the index")


def _recall(page: Page, growth: Growth) -> None:
    page.text(
        "## What is found\n\nShare of queries whose call is found at a false-match probability of at most 1e-3. Four"
        " seconds are two chunks one after the other, with the evidence of the first kept for the second; intervals are"
        " Clopper and Pearson's of 95 %."
    )
    lengths = sorted({one.length_s for one in growth.levels[-1].recalls})
    names = list(dict.fromkeys(one.distortion for one in growth.levels[-1].recalls))
    for length_s in lengths:
        page.text(f"### {length_s:g} seconds")
        rows = [[name, *(_share(level, length_s, name) for level in growth.levels)] for name in names]
        rows.append(["**all**", *(_share(level, length_s, None) for level in growth.levels)])
        page.table(["distortion", *(f"{level.calls:,} calls" for level in growth.levels)], rows)


def _share(level: Level, length_s: float, name: str | None) -> str:
    own = [one for one in level.recalls if one.length_s == length_s and name in (None, one.distortion)]
    found, asked = sum(one.found for one in own), sum(one.asked for one in own)
    if not asked:
        return ""
    around = binomtest(found, asked).proportion_ci(method="exact")
    return f"{found / asked:.3f} ({around.low:.3f} to {around.high:.3f})"


def _chance(page: Page, growth: Growth) -> None:
    page.text(
        "## What chance does\n\nQueries that are in no call: how many are matched at 1e-3, and the false-match"
        " probabilities they are told (the median, the least in ten, in a hundred, of all). They should not fall as the"
        " index grows."
    )
    page.table(
        ["calls", "seconds", "matched", "of", "median", "least in 10", "in 100", "of all"],
        [
            [f"{level.calls:,}", length, level.false[length], growth.unknown, *level.chances[length]]
            for level in growth.levels
            for length in level.false
        ],
    )


def _drawn(growth: Growth) -> "Figure":
    drawn = figure(7.5, 5.0)
    above, below = drawn.subplots(2, 1, sharex=True)
    sizes = [level.calls for level in growth.levels]
    above.plot(sizes, [level.clickhouse_cpu_ms for level in growth.levels], "o-", label="ClickHouse, CPU ms")
    above.plot(sizes, [level.agent_cpu_ms for level in growth.levels], "s-", label="agent, CPU ms")
    above.set_ylabel("ms a query of 5 s")
    above.set_ylim(bottom=0)
    for length_s in sorted({one.length_s for one in growth.levels[-1].recalls}):
        below.plot(sizes, [level.recall(length_s) for level in growth.levels], "o-", label=f"{length_s:g} s")
    below.set_ylabel("recall, all distortions")
    below.set_xlabel("calls in the index")
    below.set_xscale("log")
    below.set_ylim(top=1.0)
    for axes in (above, below):
        plain(axes)
        axes.legend()
    return drawn
