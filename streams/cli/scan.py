"""``callsieve scan``: verdicts on files, without a broker."""

import secrets
import sys
import time
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
import typer
from rich.console import Console

from streams.cli.options import TelephoneEvent

if TYPE_CHECKING:  # imported when the command runs: --help should not wait for numpy
    from streams.scan.result import HeardCall

UNREADABLE: Final = 2


def scan(
    files: Annotated[
        list[str],
        typer.Argument(
            help="pcap, pcapng, wav, flac, au, aiff, ogg; folders and globs", metavar="FILE...", show_default=False
        ),
    ],
    output: Annotated[Literal["table", "jsonl"], typer.Option("--format", help="for people or for programs")] = "table",
    replay: Annotated[bool, typer.Option(help="look for audio replayed across the calls of all files")] = True,
    callee: Annotated[bool, typer.Option("--callee", help="judge the called side too, where SIP tells which")] = False,
    mask: Annotated[bool, typer.Option("--mask", help="mask DTMF digits")] = False,
    telephone_event: TelephoneEvent = 101,
    policy: Annotated[
        Path | None, typer.Option(help="policy file instead of the shipped one", show_default=False)
    ] = None,
    library: Annotated[
        str,
        typer.Option(help="model library whose live model judges", envvar="CALLSIEVE_MODELS", show_default=False),
    ] = "",
) -> None:
    """Judge every call in some files: the same cores as the workers, no Kafka, no server.

    Each call of a capture is judged by its caller's side, without SIP each flow, and each channel of an audio file. A
    line of jsonl is a verdict on two seconds (scope chunk) or on a call (scope call). The label recording is only ever
    told when the same audio is heard in a second call; the first keeps what it sounds like, speech mostly.

    Status 2: some file could not be read; the others were done.
    """
    from streams.capture import CaptureError
    from streams.numbers import NumberHasher
    from streams.scan import LocalPipeline, ScanError, find_files, open_packets
    from streams.scan.build import local_pipeline, local_tap
    from streams.scan.lines import call_object, chunk_object
    from streams.scan.report import print_file, print_foot
    from streams.scan.result import FileResult
    from streams.scan.shortfall import shortfalls

    console, begun = Console(), time.monotonic()
    hasher = NumberHasher(secrets.token_bytes(32), "scan")  # in memory alone, and gone afterwards
    paths, errors = find_files(files)
    names = _names(paths)
    failed = len(errors)
    for error in errors:
        _complain(str(error))
    done: list[tuple[str, list[HeardCall]]] = []
    with ExitStack() as stack:
        pipeline: LocalPipeline | None = None
        for path in paths:
            try:
                packets = open_packets(path)
                if pipeline is None:  # not before there is something to judge: it takes a second
                    made = local_pipeline(replay=replay, show_digits=not mask, policy=policy, library=library)
                    pipeline = stack.enter_context(made)
                tap = local_tap(path, hasher, telephone_event=telephone_event, callee=callee)
                result = FileResult(path)
                with _patience(names[path], output):
                    for verdict in pipeline.run(packets, tap):
                        result.feed(verdict)
                        if output == "jsonl" and verdict.scope == "chunk":
                            _print_line(chunk_object(verdict, path))
            except (ScanError, CaptureError) as error:
                failed += 1
                _complain(str(error))
                continue
            calls = list(result.calls(tap.calls))
            done.append((names[path], calls))
            for shortfall in shortfalls(packets, tap):
                _complain(f"{path}: {shortfall}")
            if output == "table":
                print_file(console, names[path], calls)
            for call in calls if output == "jsonl" else ():
                _print_line(call_object(call, path))
        entries = len({(each.kind, each.scope, each.value) for each in pipeline.entries}) if pipeline else 0
    if output == "table":
        print_foot(console, done, failed, entries, time.monotonic() - begun)
    if failed:
        raise typer.Exit(UNREADABLE)


def _patience(name: str, output: str) -> AbstractContextManager[object]:
    """Show a spinner on a terminal, beside which tables can be printed."""
    return Console(stderr=True).status(name) if output == "table" else nullcontext()


def _names(paths: list[Path]) -> dict[Path, str]:
    """What to call files in tables: their base names, unless two share one."""
    names = [path.name for path in paths]
    return {path: path.name if names.count(path.name) == 1 else str(path) for path in paths}


def _complain(sentence: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"callsieve: {sentence}\n")


def _print_line(one: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
