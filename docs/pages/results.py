"""The measured results, from the JSON beside them."""

from pathlib import Path
from typing import Final

from bench.registry import NAMES
from bench.result import Result, read_result
from pages.markdown import cell, code, table

BUSY: Final = 0.5  # load average above which a machine did something else too
FOLDER: Final = Path(__file__).parents[1] / "results"
PLOTTED: Final = ("results", "results/evaluation")  # in docs/: where commands write pages with plots


def page() -> str:
    """Make the page."""
    found = [read_result(FOLDER / f"{name}.json") for name in NAMES if (FOLDER / f"{name}.json").exists()]
    parts = [
        "# Results",
        _linked("Models", "callsieve evaluate", "evaluation"),
        _linked("Tones and replays", "callsieve bench", ""),
    ]
    parts += [
        "## Speed",
        "`callsieve bench run --all --out docs/results` makes them anew. Ways of doing the same work take turns in one "
        "process and are timed by CPU seconds, so that a busy machine is unfair to all of them alike. A ratio is "
        "formed in each round; the least and the greatest say how far to trust it.",
    ]
    parts += _where(found)
    for result in found:
        parts += [
            f"### {result.title}",
            result.about,
            _figures(result),
            _picture(result),
            *_notes(result),
            _made(result),
        ]
    if not found:
        parts.append("Nothing has been measured yet.")
    return "\n\n".join(part for part in parts if part)


def written() -> list[str]:
    """Pages that commands have written, as paths in docs/results: first those about models, each kind by name."""
    return [f"{folder}{path.name}" for folder in ("evaluation/", "") for path in sorted((FOLDER / folder).glob("*.md"))]


def _linked(heading: str, command: str, folder: str) -> str:
    """Point to the pages of a folder, each by its own title."""
    links = [f"- [{_title(FOLDER / name)}]({name})" for name in written() if name.rpartition("/")[0] == folder]
    return f"## {heading}\n\n`{command}` makes these anew.\n\n" + "\n".join(links) if links else ""


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _where(found: list[Result]) -> list[str]:
    """Name the machines, and how busy they were with other things."""
    said = []
    for machine in dict.fromkeys((r.machine.processor, r.machine.cores, r.machine.memory_gb) for r in found):
        loads = [r.machine.load for r in found if r.machine.processor == machine[0]]
        busy = f", shared with other work (load average {min(loads):g} to {max(loads):g})" if max(loads) > BUSY else ""
        said.append(f"Measured on {machine[1]} cores of {machine[0]} with {machine[2]:g} GB{busy}.")
    return said


def _figures(result: Result) -> str:
    findings = result.findings
    if not findings.cases:
        rows = [[cell(each.name), f"{each.value:,.6g}", each.unit] for each in findings.figures]
        return table(("what", "figure", "unit"), rows)
    times = {ratio.over: ratio.times for ratio in findings.ratios}
    rows = []
    for case in findings.cases:
        rate, found = case.rate, times.get(case.name)
        ratio = f"**{found.median:.2f}** ({found.low:.2f} to {found.high:.2f})" if found else ""
        rows.append([f"**{case.name}**" if not case.baseline else case.name, cell(case.about),
                     f"{rate.median:,.0f}", f"{rate.low:,.0f} to {rate.high:,.0f}", ratio])  # fmt: skip
    headings = ("way", "what it is", f"{findings.unit} per CPU second", "least to greatest", "ours is … times as fast")
    return table(headings, rows)


def _picture(result: Result) -> str:
    if not (FOLDER / f"{result.name}.svg").exists():
        return ""
    return f"![{result.title}]({result.name}.svg){{ .plot }}"


def _notes(result: Result) -> list[str]:
    notes = list(result.findings.notes)
    if result.quick:
        notes.append("A quick run: it shows that it runs, not how fast.")
    return notes


def _made(result: Result) -> str:
    where = result.machine
    facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.findings.parameters.items())
    said = [
        f"{code(result.command)} at {result.began}, {result.seconds:g} s, seed {result.seed}",
        f"commit {code(result.commit)}",
        f"{where.processor}, {where.cores} cores, {where.memory_gb:g} GB; Python {where.python}; "
        + ", ".join(f"{name} {version}" for name, version in where.libraries.items()),
        f"load average at the beginning {where.load:g}" + ("; " + facts if facts else ""),
    ]
    return '??? note "How it was made"\n\n' + "\n".join(f"    {line}\n" for line in said)
