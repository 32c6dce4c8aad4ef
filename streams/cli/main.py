"""``callsieve``: all commands, and what their errors look like."""

import sys
from typing import Annotated, Final

import typer

from streams.cli import (
    bench,
    campaigns,
    dataset,
    demo,
    dlq,
    drift,
    evaluate,
    feed,
    infrastructure,
    learn,
    lists,
    models,
    outcomes,
    report,
    review,
    scan,
    schema,
    simulate,
    tap,
    verdicts,
    worker,
)
from streams.cli.signals import INTERRUPTED
from streams.look.plain import printable

app = typer.Typer(
    name="callsieve",
    help="Screens telephone calls by what is heard on them: RTP in Kafka, verdicts within two seconds of audio.\n\n"
    "Begin with `callsieve demo`, or with `callsieve scan` on files of your own. "
    "Settings come from CALLSIEVE_* in the environment; flags win.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"callsieve {version('callsieve')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="tell the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command("demo")(demo.demo)
app.command("scan")(scan.scan)
app.command("simulate")(simulate.simulate)
app.command("feed")(feed.feed)
app.command("tap")(tap.tap)
app.command("worker")(worker.worker)
app.command("broker")(infrastructure.broker)
app.add_typer(infrastructure.topics, name="topics")
app.command("migrate")(infrastructure.migrate)
app.add_typer(verdicts.verdicts, name="verdicts")
app.command("report")(report.report)
app.add_typer(campaigns.campaigns, name="campaigns")
app.add_typer(lists.lists, name="lists")
app.add_typer(dlq.dlq, name="dlq")
app.add_typer(schema.schema, name="schema")
app.add_typer(outcomes.outcomes, name="outcomes")
app.add_typer(review.review, name="review")
app.command("drift")(drift.drift)
app.add_typer(dataset.dataset, name="dataset")
app.command("train")(learn.train)
app.add_typer(models.models, name="models")
app.add_typer(evaluate.evaluate, name="evaluate")
app.add_typer(bench.bench, name="bench")

FAILED: Final = 1


# Errors whose message tells a person what to do, by module; anything else is a fault of ours and shows its trace. Only
# what is imported already can have been raised: to import the rest would take seconds.
KNOWN_ERRORS: Final = {
    "models.errors": "ModelError",
    "models.sounds.synthesiser": "SynthesiserError",
    "streams.broker": "BrokerError",
    "streams.capture": "CaptureError",
    "streams.dlq": "DeadLettersError",
    "streams.feed": "FeedError",
    "streams.learning": "LearningError",
    "streams.lists.errors": "ListsError",
    "streams.lists.rules": "RulesError",
    "streams.live": "LiveError",
    "streams.look": "LookError",
    "streams.policy": "PolicyError",
    "streams.registry": "RegistryError",
    "streams.runtime.worker": "WorkerError",
    "streams.scan": "ScanError",
    "streams.settings": "SettingsError",
    "streams.store": "StoreError",
    "streams.topics": "TopicsError",
}


def _known_errors() -> tuple[type[BaseException], ...]:
    """Classes of known errors, of the modules that are imported."""
    from bench.result import BenchError

    found = (getattr(sys.modules.get(module), name, None) for module, name in KNOWN_ERRORS.items())
    return (BenchError, *(error for error in found if error is not None))


def _said(error: Exception) -> str | None:
    """What to tell about an error that could be foreseen; None for a fault of ours."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) if isinstance(error, _known_errors()) else None


def main() -> None:
    """Run a command; a known error is one line on standard error and status 1."""
    try:
        app(prog_name="callsieve")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        said = _said(error)
        if said is None:
            raise
        lines = (printable(line) for line in said.splitlines())  # it may quote what somebody wrote
        sys.stderr.write("callsieve: " + "\n".join(lines) + "\n")
        sys.exit(FAILED)
