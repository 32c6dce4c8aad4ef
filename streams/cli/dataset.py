"""``callsieve dataset``: build the labelled chunks that models learn from, and look into them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from models.dataset.store import Dataset, Head

dataset = typer.Typer(help="Labelled chunks: build them from recordings and simulated calls, look at what is in them.")

_PLACE = Path("build/dataset")
_UNCUT = 1000  # columns, where the reader is no terminal


@dataset.command("build")
def build(
    out: Annotated[
        Path, typer.Option(help="folder to write; a data set that is there is replaced, nothing else is")
    ] = _PLACE,
    data: Annotated[Path, typer.Option(help="directory of recordings", envvar="CALLSIEVE_DATA")] = Path(
        "../shared/data"
    ),
    seed: Annotated[int, typer.Option(help="same seed, scale and recordings: same bytes", min=0)] = 1,
    scale: Annotated[
        float,
        typer.Option(help="1 is about 36,000 chunks a side; below, a part, of all conditions", min=0.0001, max=20.0),
    ] = 1.0,
) -> None:
    """Build the data set: scenes, sent through codecs, loss and lines, labelled by what arrives.

    Needs the extra 'train' (codecs, voices). Debian's asterisk-moh-opsound-wav and asterisk-core-sounds-en-wav, -es-wav
    and -it-wav are used where they are installed. Recordings are only read; the set holds pieces of them and is as free
    to be passed on as they are.
    """
    from models.dataset.build import build as build_dataset

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as shown:
        progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        task = progress.add_task("chunks", total=None)

        def tell(done: int, total: int) -> None:
            if done == 0:  # all is well that can be seen beforehand
                shown.enter_context(progress)
            progress.update(task, completed=done, total=total)

        head = build_dataset(out, data, seed=seed, scale=scale, progress=tell)
    typer.echo(f"{head.chunks} chunks in {out}; callsieve dataset show --dataset {out} tells of them")
    if head.absent:
        typer.echo(_absent(head))


@dataset.command("show")
def show(
    path: Annotated[Path, typer.Option("--dataset", help="folder that was built", envvar="CALLSIEVE_DATASET")] = _PLACE,
    example: Annotated[int | None, typer.Option(help="one example instead: where it comes from", min=0)] = None,
    wav: Annotated[Path | None, typer.Option(help="with --example: write it to be heard, lost packets silent")] = None,
) -> None:
    """Tell what is in a data set: chunks of each label and condition, sources, what was left out; or one example."""
    from models.dataset.store import open_dataset
    from models.errors import ModelError

    opened = open_dataset(path)
    if wav is not None and example is None:
        raise typer.BadParameter("--wav writes one example: give --example too")
    if example is None:
        _tell_all(opened)
        return
    if example >= len(opened):
        raise ModelError(f"there is no example {example}: the last one is {len(opened) - 1}")
    _tell_one(opened, example)
    if wav is not None:
        import soundfile

        soundfile.write(wav, opened.pcm(example), 8000, subtype="PCM_16", format="WAV")
        typer.echo(f"written to {wav}")


def _tell_all(opened: "Dataset") -> None:
    from models.channel.conditions import CONDITIONS

    head, console = opened.head, Console()
    if not console.is_terminal:
        console = Console(width=_UNCUT)
    typer.echo(f"{head.chunks} chunks, seed {head.seed}, scale {head.scale}, sha256 {opened.sha256[:12]}")
    for split in ("train", "test"):
        for table in _counts(head, split, CONDITIONS, console):
            console.print(table, "")
    console.print(_sources(head), "")
    if head.absent:
        typer.echo(_absent(head))
    reasons = ", ".join(f"{reason} {n}" for reason, n in sorted(head.rejected.items(), key=lambda one: -one[1]))
    typer.echo(f"drawn and left out: {reasons or 'nothing'}")


def _absent(head: "Head") -> str:
    return f"sets that were not there, and are not in it: {'; '.join(head.absent)}"


def _counts(head: "Head", split: str, conditions: tuple[str, ...], console: Console) -> Iterator[Table]:
    """Labels by conditions, in as many tables as it takes to have every name whole."""
    rows = sorted(head.counts.get(split, {}).items())
    columns = {"all": [str(sum(row.values())) for _, row in rows]}
    columns |= {name: [str(row.get(name, "")) for _, row in rows] for name in conditions}
    unbounded = console.options.update(width=_UNCUT)
    labels, begun = [label for label, _ in rows], list[str]()
    for name in columns:
        wider = _table(split, labels, {one: columns[one] for one in (*begun, name)})
        if begun and console.measure(wider, options=unbounded).maximum > console.width:
            yield _table(split, labels, {one: columns[one] for one in begun})
            begun = []
        begun.append(name)
    yield _table(split, labels, {one: columns[one] for one in begun})


def _table(title: str, labels: list[str], columns: dict[str, list[str]]) -> Table:
    table = _plain(title)
    table.add_column("label", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for cells in zip(labels, *columns.values(), strict=True):
        table.add_row(*cells)
    return table


def _sources(head: "Head") -> Table:
    table = _plain("sources")
    for name in ("set", "recordings", "chunks", "what it is"):
        table.add_column(name, justify="right" if name in {"recordings", "chunks"} else "left")
    for one in head.sources:
        table.add_row(one.name, str(one.recordings), str(one.chunks), one.origin)
    return table


def _plain(title: str) -> Table:
    return Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1), show_edge=False, pad_edge=False
    )


def _tell_one(opened: "Dataset", number: int) -> None:
    entry, packets = opened.entries[number], opened.packets[number]
    side = entry.split if entry.split == "test" else f"train, fold {entry.fold}"
    lines = {
        "label": entry.label,
        "kind": entry.kind,
        "side": side,
        "source": f"{entry.set}: {entry.recording} (kept together: {entry.group})",
        "condition": f"{entry.condition}, {entry.law}",
        "level": f"{entry.rms_dbfs} dBFS RMS",
        "packets": f"{int((packets == 1).sum())} coded, {int((packets == 2).sum())} comfort noise, "
        f"{int((packets == 0).sum())} lost",
        "passages": "; ".join(f"{label} {start:.2f}-{start + long:.2f} s" for label, start, long in entry.passages),
        "made by": "; ".join(entry.chain),
    }
    if entry.snr_db is not None:
        lines["noise"] = f"{entry.snr_db} dB below"
    for name, said in lines.items():
        typer.echo(f"{name + ':':<11}{said}")
