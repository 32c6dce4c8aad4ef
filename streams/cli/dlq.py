"""``callsieve dlq``: what could not be used, why, and the way back."""

import json as jsonlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from streams.cli.options import Broker, Prefix, Registry, settings_of
from streams.look.plain import printable

if TYPE_CHECKING:
    from streams.dlq import Letter
    from streams.registry_wait import SchemaGate

dlq = typer.Typer(
    help="Read dead letters, and send them back.\n\n"
    "What a role can't use goes to the dead-letter topic of where it came from (call.chunks.dlq), with the reason. "
    "Look with `callsieve dlq list`, then `callsieve dlq show call.chunks`; mend the cause; then "
    "`callsieve dlq retry call.chunks --dry-run`.",
    no_args_is_help=True,
)

Topic = Annotated[str, typer.Argument(help="where they came from: call.chunks, or call.chunks.dlq", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="an object a line")]


@contextmanager
def _reading(what: str) -> Iterator[Any]:
    """A progress bar on standard error, where that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda read, of: progress.update(task, completed=read, total=of)


@dlq.command("list")
def list_(json: Json = False, broker: Broker = None, prefix: Prefix = None) -> None:
    """Tell how many letters each topic has, by reason, the oldest and the newest.

    Numbers in reasons are shown as N, so that letters of one kind are counted together. Example:
    `callsieve dlq list --json | jq 'select(.letters > .retried)'`
    """
    from streams.dlq import LetterBox
    from streams.dlq.overview import overview
    from streams.dlq.reader import NAMES

    settings = settings_of(broker=broker, prefix=prefix)
    found = []
    for topic in NAMES:
        with _reading(topic) as progress:
            box = LetterBox(settings, topic, progress)
            found.append(overview(topic, box.letters(), box.marks()))
    for each in found:
        times = {"oldest": _time(each.oldest_ms), "newest": _time(each.newest_ms)}
        kinds = dict(each.kinds.most_common())
        if json:
            told = {"topic": each.topic, "letters": each.letters, "retried": each.retried, **times, "reasons": kinds}
            typer.echo(jsonlib.dumps(told))
        elif each.letters:
            retried = f", {each.retried} of them sent back" if each.retried else ""
            typer.echo(f"{each.topic}: {each.letters}{retried}; {times['oldest']} to {times['newest']}")
            for kind, count in each.kinds.most_common(10):
                typer.echo(f"  {count:>8}  {_plain(kind)}")
            if len(kinds) > 10:
                typer.echo(f"  {sum(kinds.values()) - sum(c for _, c in each.kinds.most_common(10)):>8}  other reasons")
    if not json and not any(each.letters for each in found):
        typer.echo("no dead letters")


@dlq.command("show")
def show(
    topic: Topic,
    limit: Annotated[int, typer.Option(help="the newest so many", min=1, max=10_000)] = 10,
    reason: Annotated[str | None, typer.Option(help="only where the reason holds this", show_default=False)] = None,
    partition: Annotated[
        int | None, typer.Option(help="with --offset: this letter alone", min=0, show_default=False)
    ] = None,
    offset: Annotated[
        int | None, typer.Option(help="its offset in the dead-letter topic", min=0, show_default=False)
    ] = None,
    raw: Annotated[
        Path | None, typer.Option(help="write the letter's bytes to a new file; not of audio", show_default=False)
    ] = None,
    json: Json = False,
    broker: Broker = None,
    prefix: Prefix = None,
    registry: Registry = None,
) -> None:
    """Show letters: why, from where, and what they say, as far as they can be read.

    Audio is never shown, nor is a number or a digit; of texts that are no hash of ours digits are shown as #. Example:
    `callsieve dlq show call.chunks --reason "out of the chunk" --limit 3`
    """
    from streams.dlq import DeadLettersError, LetterBox
    from streams.dlq.letters import Place
    from streams.dlq.reader import topic_named
    from streams.dlq.summary import reason_of, summary
    from streams.registry_wait import reading_schemas
    from streams.topics import CHUNKS, FRAMES

    name = topic_named(topic)
    if (partition is None) != (offset is None):
        raise typer.BadParameter("a letter has both", param_hint="--partition, --offset")
    if raw is not None and offset is None:
        raise typer.BadParameter("needs --partition and --offset", param_hint="--raw")
    if raw is not None and name in (FRAMES, CHUNKS):
        raise DeadLettersError(f"letters of {name} are audio, which is never written to files")
    settings = settings_of(broker=broker, prefix=prefix, schema_registry=registry)
    place = None if partition is None or offset is None else Place(partition, offset)
    with _reading(name) as progress:
        box = LetterBox(settings, name, progress)
        found = deque((each for each in box.letters(place) if reason is None or reason in each.reason), limit)
        marks = box.marks()
    if raw is not None and found:
        with raw.open("xb") as file:
            raw.chmod(0o600)
            file.write(found[0].value)
    schemas = reading_schemas(settings)
    schemas.gate().wait(name, [letter.value for letter in found], lambda: False)
    for letter in found:
        told = _head(letter) | {"retried": letter.place in marks.done, "reason": reason_of(letter)}
        says = summary(letter, name, schemas.codec)
        if json:
            typer.echo(jsonlib.dumps(told | {"says": says}))
            continue
        typer.echo(f"{told['partition']}:{told['offset']}  {told['buried']}  {told['reason']}")
        typer.echo(f"    from {told['from']}" + ("; sent back" if told["retried"] else ""))
        for field, value in says.items():
            typer.echo(f"    {field}: {value if isinstance(value, str) else jsonlib.dumps(value)}")
    if not found and not json:
        typer.echo("no such letter" if reason else f"no dead letters of {name}")


@dlq.command("retry")
def retry(
    topic: Topic,
    reason: Annotated[str | None, typer.Option(help="only where the reason holds this", show_default=False)] = None,
    limit: Annotated[int | None, typer.Option(help="at most so many", min=1, show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="tell what would be sent, and send nothing")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
    registry: Registry = None,
) -> None:
    """Send letters back to where they came from, key and partition kept, each once.

    Mend the cause first. What was sent is marked in the dead-letter topic, so a second run does not send it again; a
    record that is buried for the fourth time stays. Example: `callsieve dlq retry call.verdicts --reason "the store
    refuses" --dry-run`
    """
    from streams.cli.signals import stop_requests
    from streams.dlq import LetterBox
    from streams.dlq.reader import topic_named
    from streams.dlq.retry import RetryPlan, decisions
    from streams.dlq.sender import LetterSender
    from streams.registry_wait import reading_schemas
    from streams.topics import COMPACTED

    name = topic_named(topic)
    settings = settings_of(broker=broker, prefix=prefix, schema_registry=registry)
    schemas = reading_schemas(settings)
    sent = 0
    refused: Counter[str] = Counter()
    with stop_requests() as stopped, _reading(name) as progress:
        box = LetterBox(settings, name, progress)
        newest = box.newest() if name in COMPACTED else None
        plan = RetryPlan(name, box.partitions(), box.marks(), schemas.codec, newest)
        readable = _learnt(box.letters(), schemas.gate(), name, stopped.is_set)
        sender = LetterSender(settings, name)
        try:
            for decision in decisions(plan, readable, reason=reason, most=limit):
                if stopped.is_set():
                    break
                if decision.refused is not None:
                    refused[decision.refused] += 1
                    continue
                sent += not decision.again
                if not dry_run:
                    sender.send(decision)
        finally:
            sender.finish()
    typer.echo(f"{sent} records {'would go' if dry_run else 'went'} back to {settings.prefix}{name}")
    for why, count in refused.most_common():
        typer.echo(f"  {count:>8}  not sent: {_plain(why)}")
    if stopped.is_set():
        typer.echo("stopped; what was sent is marked, run it again for the rest", err=True)


def _learnt(
    letters: "Iterable[Letter]", gate: "SchemaGate", topic: str, stopped: Callable[[], bool]
) -> "Iterator[Letter]":
    """Letters, each once the registry has said what its schema id means."""
    for letter in letters:
        gate.wait(topic, [letter.value], stopped)
        yield letter


def _head(letter: "Letter") -> dict[str, Any]:
    origin = letter.origin
    came = "?" if origin is None else f"{_plain(letter.topic or '?')} {origin.partition}:{origin.offset}"
    place = {"partition": letter.place.partition, "offset": letter.place.offset}
    return place | {"buried": _time(letter.written_ms), "from": came}


def _time(moment_ms: int) -> str | None:
    if moment_ms <= 0:
        return None
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")


def _plain(text: str) -> str:
    return printable(text)[:200]
