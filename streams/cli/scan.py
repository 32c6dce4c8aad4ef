"""``callsieve scan``: verdicts on files, without a broker."""

import secrets
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

UNREADABLE = 2


def scan(
    files: Annotated[list[str], typer.Argument(help="pcap, pcapng, wav, flac, au; folders and globs")],
    output: Annotated[str, typer.Option("--format", help="table or jsonl")] = "table",
    replay: Annotated[bool, typer.Option(help="look for audio replayed across the calls")] = True,
    mask: Annotated[bool, typer.Option("--mask", help="mask DTMF digits")] = False,
    telephone_event: Annotated[
        int, typer.Option(help="payload type of RFC 4733 events where no SDP says it", min=0, max=127)
    ] = 101,
    policy: Annotated[Path | None, typer.Option(help="policy file instead of the shipped one")] = None,
) -> None:
    """Judge every call in some files: the same cores as the workers, no Kafka, no server.

    Each stream of a capture, and each channel of an audio file, is judged. Status 2: some file could not be read; the
    others were done.
    """
    from streams.classify.current import CurrentVerdicts
    from streams.scan import LocalPipeline, ScanError, find_files, open_packets
    from streams.scan.build import local_pipeline, local_tap
    from streams.scan.report import as_object, call_table, chunk_table, print_summary

    if output not in ("table", "jsonl"):
        raise typer.BadParameter("table or jsonl", param_hint="--format")
    console = Console()
    begun = time.monotonic()
    failed = 0
    calls: list[dict[str, Any]] = []
    pipeline: LocalPipeline | None = None
    paths = find_files(files)
    key = secrets.token_bytes(32)
    for number, path in enumerate(paths):
        try:
            packets = open_packets(path)
            pipeline = pipeline or local_pipeline(replay=replay, show_digits=not mask, policy=policy)
            tap = local_tap(number, telephone_event, key)
            current = CurrentVerdicts()
            chunks: list[dict[str, Any]] = []
            for verdict in pipeline.run(packets, tap):
                current.feed(verdict)
                if verdict.scope == "chunk":
                    one = as_object(verdict, str(path), None)
                    chunks.append(one)
                    if output == "jsonl":
                        _print_line(one)
        except ScanError as error:
            failed += 1
            sys.stderr.write(f"callsieve: {error}\n")
            continue
        found = [as_object(v, str(path), tap.calls.get(v.call_id)) for v in current.calls()]
        calls.extend(found)
        truncated = getattr(getattr(packets, "counters", None), "truncated", False)
        if truncated:
            sys.stderr.write(f"callsieve: {path}: the capture breaks off in the middle; what was there is judged\n")
        if output == "jsonl":
            for one in found:
                _print_line(one)
        else:
            console.print(chunk_table(f"{path}: {len(found)} calls", chunks))
    if output == "table":
        console.print(call_table(calls))
        print_summary(console, calls, len(paths), failed, time.monotonic() - begun)
    if failed:
        raise typer.Exit(UNREADABLE)


def _print_line(one: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
