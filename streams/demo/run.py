"""Embedded Kafka and ClickHouse, all roles, simulated calls at real-time pace; gone without a trace at the end."""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from confluent_kafka import Consumer, TopicPartition
from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from schemas.codec import Codec
from schemas.records import ListEntry, Verdict
from streams.broker import EmbeddedBroker
from streams.demo.board import board, status_line
from streams.demo.interrupts import Interrupts
from streams.demo.tally import Result, Tally
from streams.numbers import NumberHasher
from streams.runtime.worker import ROLES, WorkerError, run_worker
from streams.settings import Settings
from streams.simulate.planning import plan_calls
from streams.simulate.truth import truth_of
from streams.store import Store, open_store
from streams.store.migrations import migrate
from streams.store.queries import ask
from streams.topics import ENTRIES, VERDICTS, create_topics

PARTITIONS: Final = 4
KEY_ID: Final = "demo"
POLL_S: Final = 0.2
LINE_EVERY_S: Final = 10.0
QUIET_S: Final = 4.0  # without a verdict, after the last packet: all is judged
STORE_TIMEOUT_S: Final = 15.0


class DemoInterruptedError(Exception):
    """Somebody pressed Ctrl-C, or ended the terminal or the process; ``signal`` is the signal's number."""

    def __init__(self, signal: int) -> None:
        super().__init__(f"interrupted by signal {signal}")
        self.signal = signal


def run_demo(console: Console, *, calls: int, seed: int, spread_s: float) -> tuple[Result, int]:
    """Run the demo; its figures, and how many calls ClickHouse knows at the end.

    Raises
    ------
    BrokerError, TopicsError, StoreError, WorkerError
        If something can't start, or fails on the way.
    DemoInterruptedError
        At SIGINT, SIGTERM or SIGHUP, after everything has been stopped and removed.
    """
    interrupts = Interrupts()
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(interrupts)
            scratch = Path(tempfile.mkdtemp(prefix="callsieve-demo-"))
            stack.callback(shutil.rmtree, scratch, ignore_errors=True)
            console.print("starting Kafka (the first time it is fetched from Maven Central, 45 MB) …")
            broker = stack.enter_context(EmbeddedBroker(data=scratch / "kafka"))
            create_topics(broker.address, partitions=PARTITIONS)
            settings = Settings(
                broker=broker.url,
                prefix="",
                store=f"chdb://{scratch}/clickhouse",
                hmac_key=SecretStr(secrets.token_hex(32)),
                hmac_key_id=KEY_ID,
                schema_registry="",  # everything here is embedded, whatever the environment says
            )
            console.print("starting ClickHouse …")
            store = open_store(settings.store)
            stack.callback(store.close)
            migrate(store)
            console.print("compiling and starting the roles …")
            work = _demo(console, settings, store, calls=calls, seed=seed, spread_s=spread_s)
            return asyncio.run(interrupts.guard(work))
    except (KeyboardInterrupt, asyncio.CancelledError) as interrupt:
        raise DemoInterruptedError(interrupts.signal) from interrupt


async def _demo(
    console: Console, settings: Settings, store: Store, *, calls: int, seed: int, spread_s: float
) -> tuple[Result, int]:
    truth = truth_of(plan_calls(seed, calls, spread_s=spread_s))
    hasher = NumberHasher(settings.key, KEY_ID)
    planted = hasher.hash(truth.planted_caller).number if truth.planted_caller else ""
    tally = Tally(truth, planted)
    stop, ready = asyncio.Event(), asyncio.Event()
    worker = asyncio.ensure_future(run_worker(ROLES, settings, store=store, on_ready=ready.set, stop=stop))
    feeder: subprocess.Popen[bytes] | None = None
    try:
        await _unless(worker, ready.wait())
        feeder = _start_feeder(settings, calls=calls, seed=seed, spread_s=spread_s)
        await _unless(worker, _watch(console, settings, tally, feeder))
        in_store = await _unless(worker, _stored(store, len(truth.calls)))
    finally:
        if feeder is not None and feeder.poll() is None:
            feeder.terminate()
            feeder.wait()
        stop.set()
        await worker
    return tally.result(), in_store


async def _unless(worker: "asyncio.Task[None]", work: object) -> int:
    """Result of some work, unless the worker ends before it."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    try:
        await asyncio.wait((worker, task), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await worker
            raise WorkerError("the worker ended by itself")
        return int(task.result() or 0)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))


def _start_feeder(settings: Settings, *, calls: int, seed: int, spread_s: float) -> "subprocess.Popen[bytes]":
    """The tap, in a process of its own as it is in life: 'callsieve simulate --kafka'."""
    command = [sys.executable, "-c", "from streams.cli.main import main; main()", "simulate", "--kafka"]
    flags = ["--broker", settings.broker, "--calls", str(calls), "--seed", str(seed), "--spread", str(spread_s)]
    own = {"CALLSIEVE_HMAC_KEY": settings.hmac_key.get_secret_value(), "CALLSIEVE_HMAC_KEY_ID": KEY_ID}
    own["CALLSIEVE_SCHEMA_REGISTRY"] = ""
    return subprocess.Popen(
        [*command, *flags],
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C at the terminal is for us; we end it
    )


async def _watch(console: Console, settings: Settings, tally: Tally, feeder: "subprocess.Popen[bytes]") -> None:
    consumer = Consumer(settings.client() | {"group.id": "callsieve-demo", "enable.auto.commit": False, "log_level": 0})
    consumer.assign([TopicPartition(topic, p, 0) for topic in (VERDICTS, ENTRIES) for p in range(PARTITIONS)])
    begun = heard = time.monotonic()
    try:
        with _screen(console) as show:
            while feeder.poll() is None or time.monotonic() - heard < QUIET_S:
                if _poll(consumer, tally):
                    heard = time.monotonic()
                note = "calls are coming in" if feeder.poll() is None else "judging the last calls"
                show(tally, time.monotonic() - begun, note)
                await asyncio.sleep(POLL_S)
    finally:
        consumer.close()
    if feeder.returncode:
        said = feeder.stderr.read().decode(errors="replace") if feeder.stderr else ""
        raise WorkerError(f"the simulator failed: {said.strip()[-500:]}")


@contextlib.contextmanager
def _screen(console: Console) -> Iterator[Callable[[Tally, float, str], None]]:
    """A live table where there is a terminal, a line now and then where there is none."""
    if console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield lambda tally, elapsed_s, note: live.update(board(tally, elapsed_s, note))
        return
    said = 0.0

    def say(tally: Tally, elapsed_s: float, note: str) -> None:
        nonlocal said
        if elapsed_s >= said:
            said = elapsed_s + LINE_EVERY_S
            console.print(status_line(tally, elapsed_s, note), soft_wrap=True)

    yield say


def _poll(consumer: Consumer, tally: Tally) -> int:
    codec = Codec()
    messages = consumer.consume(1000, 0)
    for message in messages:
        if message.error() is not None:
            continue
        if message.topic() == VERDICTS:
            tally.feed(codec.decode(message.value(), Verdict))
        elif (value := message.value()) is None:
            tally.entries.pop((message.key() or b"").decode(), None)
        else:
            tally.entries[(message.key() or b"").decode()] = codec.decode(value, ListEntry)
    return len(messages)


async def _stored(store: Store, expected: int) -> int:
    """Calls whose current verdict ClickHouse knows; waits for the sink to catch up."""
    deadline = time.monotonic() + STORE_TIMEOUT_S
    while True:
        known = len(
            ask(
                store,
                "current_calls",
                since_ms=0,
                until_ms=2**53,
                since_date=date(1970, 1, 1),
                until_date=date(2100, 1, 1),
                limit=10 * expected,
            )
        )
        if known >= expected or time.monotonic() > deadline:
            return known
        await asyncio.sleep(0.5)
