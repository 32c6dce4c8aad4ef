"""Options that the evaluations share, and their progress bar."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from streams.cli.signals import terminated_as_interrupted

Dataset = Annotated[
    Path, typer.Option(help="what `callsieve dataset build` made", envvar="CALLSIEVE_DATASET", file_okay=False)
]
Model = Annotated[Path | None, typer.Option(help="folder of a model; the shipped one unless told", file_okay=False)]
Out = Annotated[Path, typer.Option(help="where the page and its pictures go", file_okay=False)]
Seed = Annotated[int, typer.Option(help="of whatever is drawn: same seed, same page", min=0)]

_PLACES = ("out", "kept", "data")  # where things go or come from on one machine: they change no figure that is kept


def as_typed(context: typer.Context) -> str:
    """The command under way with the options that were given and change what is measured: a page says what made it."""
    words = [f"callsieve evaluate {context.info_name}"]
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        source = context.get_parameter_source(parameter.name or "")
        if (
            source is not None
            and source.name == "COMMANDLINE"
            and value != parameter.default
            and parameter.name not in _PLACES
        ):
            words += [parameter.opts[0]] if value is True else [parameter.opts[0], shlex.quote(str(value))]
    return " ".join(words)


@contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each stage on standard error: tell(stage, done, of how many). A signal ends what was started."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=Console(stderr=True))
    tasks: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if not tasks:
            progress.start()  # not before: what fails at once shows its error alone, without an empty line for no bars
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=total)
        progress.update(tasks[stage], completed=done, total=total)

    with terminated_as_interrupted():
        try:
            yield tell
        finally:
            if tasks:
                progress.stop()
