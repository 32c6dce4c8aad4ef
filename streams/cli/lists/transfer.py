"""``callsieve lists export`` and ``import``: entries to a file, and from one."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.lists.common import Reason, Yes, actor, bar
from streams.cli.options import Broker, Prefix, settings_of
from streams.clock import now_ms
from streams.look.plain import printable

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from streams.lists.transfer import Import

FAILED = 1
SHOWN = 20
IMPORTED = "imported"

Form = Annotated[
    Literal["jsonl", "csv"] | None, typer.Option("--format", help="otherwise by the file's name, or jsonl")
]


def export(
    form: Form = None,
    out: Annotated[Path | None, typer.Option(help="otherwise to standard output", dir_okay=False)] = None,
    kind: Annotated[Literal["black", "white", "protected"] | None, typer.Option(help="only this list")] = None,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Write all entries that have not expired, one a line: hashes, never numbers, with the name of their key.

    `lists import` reads both forms back, and changes nothing then.
    """
    from streams.lists.snapshot import read_lists
    from streams.lists.transfer import write_entries
    from streams.lists.view import over
    from streams.registry_wait import open_schemas

    settings, at_ms = settings_of(broker=broker, prefix=prefix), now_ms()
    listed = [entry for _, entry in read_lists(settings, open_schemas(settings)).items()]
    chosen = [entry for entry in listed if kind in (None, entry.kind) and not over(entry, at_ms)]
    with nullcontext(sys.stdout) if out is None else out.open("w", encoding="utf-8", newline="") as file:
        count = write_entries(chosen, file, form or _form_of(out))
    typer.echo(f"{count} entries", err=True)


def import_(
    path: Annotated[
        Path, typer.Argument(help="of `lists export`, or of your own", metavar="FILE", exists=True, dir_okay=False)
    ],
    form: Form = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check and count, write nothing")] = False,
    reason: Reason = IMPORTED,
    yes: Yes = False,
    broker: Broker = None,
    prefix: Prefix = None,
) -> None:
    """Read entries from a file: all of it is checked first, and nothing is written where a line is wrong.

    A line needs kind, and value (as exported) or number (in clear, hashed on the way in; needs CALLSIEVE_HMAC_KEY);
    scope is caller unless it says so. What stands already is left as it is, so a file can be imported twice. It tells
    what it would do, and asks. Status 1 when a line is wrong, or you say no. Example line:
    `{"kind": "white", "number": "+49301234567", "reason": "our own switchboard"}`
    """
    from streams.lists.entries import EntryWriter
    from streams.lists.snapshot import read_lists
    from streams.lists.transfer import read_entries
    from streams.registry_wait import open_schemas

    settings = settings_of(broker=broker, prefix=prefix)
    schemas = open_schemas(settings)
    known = dict(read_lists(settings, schemas).items())
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        found = read_entries(
            file, form or _form_of(path), settings, known, importer=actor(), now_ms=now_ms(), reason=reason
        )
    _tell(found, path)
    todo = found.new + found.changed
    if dry_run or not todo:
        return
    if not yes:
        typer.confirm("Write these?", abort=True)
    with bar("importing", len(todo)) as sent:
        EntryWriter(settings, schemas.codec).write_all(todo, sent)
    typer.echo(f"{len(todo)} entries written")


def _form_of(path: Path | None) -> Literal["jsonl", "csv"]:
    return "csv" if path is not None and path.suffix.lower() == ".csv" else "jsonl"


def _tell(found: "Import", path: Path) -> None:
    if found.errors:
        for number, wrong in found.errors[:SHOWN]:
            typer.echo(printable(f"{path}:{number}: {wrong}"), err=True)
        more = f", of which {SHOWN} are shown" if len(found.errors) > SHOWN else ""
        typer.echo(f"{len(found.errors)} lines are wrong{more}: nothing was written", err=True)
        raise typer.Exit(FAILED)
    counts = f"{len(found.new)} new, {len(found.changed)} changed, {found.same} as they stand, {found.expired} expired"
    typer.echo(counts)
    if found.untold:
        typer.echo(f"{found.untold} do not say which key their hash was made with: they may speak of nobody here")
