"""A worker process: the roles asked for, each on its own Faust app, until a signal or a failure."""

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.library import Library
from streams.classify.served import ServedModels
from streams.lists import ListView
from streams.lists.follower import ListFollower
from streams.lists.rules import Rules
from streams.policy import Policy
from streams.registry import RegistryError
from streams.registry_wait import Schemas, open_schemas
from streams.roles.analysis import AnalysisStage
from streams.roles.classify import ClassifyStage
from streams.roles.fingerprint import FingerprintStage
from streams.roles.sink import SinkStage
from streams.roles.window import WindowStage
from streams.runtime.faust_app import make_app
from streams.runtime.health import HealthServer
from streams.runtime.kafka_watch import KafkaWatch
from streams.runtime.progress import HOPELESS_S, Progress
from streams.runtime.runner import RoleRunner
from streams.runtime.stage import Stage
from streams.settings import Settings
from streams.store import Store, StoreUnavailableError, open_store
from streams.store.migrations import status
from streams.topics import CHUNKS, partition_count, retention_ms

log = logging.getLogger(__name__)

ROLES: Final = ("window", "spectrum", "tones", "classify", "fingerprint", "sink")
LISTS_TIMEOUT_S: Final = 30.0
THREADS: Final = 2  # the kernels let go of the interpreter's lock; more threads than cores only wait
STORE_THREADS: Final = 2  # one for each role that needs the store: a store that hangs must not hold up the kernels
STORE_TIMEOUT_S: Final = 10.0  # at the start: later calls wait for as long as it takes
CHECK_S: Final = 1.0
STOP_TIMEOUT_S: Final = 15.0  # for leaving the groups in order; without Kafka it would take minutes


class WorkerError(RuntimeError):
    """A worker can't do its work; the message says why and the way out."""


class StopTimeoutError(WorkerError):
    """The roles did not end in time; what they had not acknowledged is read again by others."""


def parse_roles(names: Sequence[str]) -> tuple[str, ...]:
    """Role names in the order of the pipeline; ``all`` stands for every one.

    Raises
    ------
    WorkerError
        If a name is unknown, or none is given.
    """
    unknown = sorted(set(names) - set(ROLES) - {"all"})
    if unknown or not names:
        what = f"no role {unknown[0]!r}" if unknown else "no role named"
        raise WorkerError(f"{what}: a worker takes one or more of {', '.join(ROLES)}, all")
    return ROLES if "all" in names else tuple(role for role in ROLES if role in names)


@dataclass(slots=True)
class _Shared:
    """What the roles of one process share."""

    settings: Settings
    partitions: int
    executor: ThreadPoolExecutor
    store_executor: ThreadPoolExecutor
    lists: ListView
    store: Store | None
    schemas: Schemas


def _stages(roles: Sequence[str], shared: _Shared) -> list[Stage]:
    settings, codec = shared.settings, shared.schemas.codec
    stages: list[Stage] = []
    if "window" in roles:
        stages.append(WindowStage(shared.partitions, codec))
    parts = [role for role in roles if role in ("spectrum", "tones")]
    if parts:  # both in one process: fused, each chunk is read and decoded once
        stages.append(AnalysisStage(parts, codec, shared.executor, show_digits=settings.show_digits))
    if "classify" in roles:
        policy = Policy.load(Path(settings.policy) if settings.policy else None)
        models = ServedModels(Library(settings.models))
        stages.append(ClassifyStage(models, policy, shared.lists, codec, shared.executor))
    if "fingerprint" in roles:
        rules = Rules.load(Path(settings.rules) if settings.rules else None)
        assert shared.store is not None  # noqa: S101 - opened for this role
        kept_ms = retention_ms(settings.client(), CHUNKS, prefix=settings.prefix)
        stages.append(
            FingerprintStage(
                shared.store,
                shared.lists,
                rules,
                codec,
                shared.store_executor,
                kept_ms=kept_ms,
                enrol_s=settings.replay_enrol_s,
                search_s=settings.replay_search_s,
            )
        )
    if "sink" in roles:
        assert shared.store is not None  # noqa: S101 - opened for this role
        digits, kept = settings.show_digits, settings.feature_chunks
        stages.append(SinkStage(shared.store, codec, shared.store_executor, show_digits=digits, feature_chunks=kept))
    return stages


async def run_worker(
    roles: Sequence[str],
    settings: Settings,
    *,
    store: Store | None = None,
    health_port: int | None = None,
    on_ready: Callable[[], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run roles until SIGTERM, SIGINT, ``stop`` or a failure.

    Parameters
    ----------
    roles
        As from :func:`parse_roles`.
    settings
        Broker, store and the rest.
    store
        An open store to use instead of opening the settings' one.
    health_port
        Port of ``/ready``, ``/live`` and ``/metrics`` on all addresses; None: no server.
    on_ready
        Called once every role has joined its group.
    stop
        Set by the caller to end the worker; without it signals are handled here.

    Raises
    ------
    WorkerError, TopicsError, RegistryError, StoreError, PolicyError, RulesError, ModelError, SettingsError
        If the worker can't begin, or a role failed.
    """
    partitions = partition_count(settings.client(), settings.prefix)
    needs_store = {"fingerprint", "sink"} & set(roles)
    own_store = store is None and bool(needs_store)
    store = open_store(settings.store) if own_store else store
    stop = stop or _signalled()
    follower: ListFollower | None = None
    lists = ListView()
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="callsieve")
    store_executor = ThreadPoolExecutor(STORE_THREADS, thread_name_prefix="callsieve-store")
    scratch = Path(tempfile.mkdtemp(prefix="callsieve-worker-"))
    runners: list[RoleRunner] = []
    watch = KafkaWatch(settings, lambda: {place for runner in runners for place in runner.places})
    progress = Progress(runners, watch)
    try:
        if store is not None and needs_store:
            await _require_migrated(store, store_executor)
        try:
            schemas = await asyncio.to_thread(open_schemas, settings, stopped=stop.is_set)
        except RegistryError:
            if stop.is_set():
                return  # nobody waits for the registry any more
            raise
        if {"classify", "fingerprint"} & set(roles):
            follower = ListFollower(settings, lists, schemas)
            await follower.start(LISTS_TIMEOUT_S)
        shared = _Shared(settings, partitions, executor, store_executor, lists, store, schemas)
        for stage in _stages(roles, shared):
            await stage.start()
            app = make_app(stage.role, settings, scratch)
            runners.append(RoleRunner(stage, app, settings.prefix, schemas))
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(watch)
            if health_port is not None:
                health = HealthServer(runners, follower, watch, progress, health_port)
                try:
                    await stack.enter_async_context(health)
                except OSError as error:
                    raise WorkerError(_port_refused(health_port, error)) from error
            await _run(runners, follower, progress, stop, on_ready)
    finally:
        for runner in runners:
            await runner.stage.stop()
        if follower is not None:
            await follower.stop()
        executor.shutdown(wait=True, cancel_futures=True)
        store_executor.shutdown(wait=False, cancel_futures=True)  # a call to a store that hangs is not waited for
        shutil.rmtree(scratch, ignore_errors=True)
        if own_store and store is not None:
            store.close()


def _port_refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken: choose another with --health-port"
    return f"can't listen on port {port}: {os.strerror(error.errno or 0)}; choose another with --health-port"


async def _require_migrated(store: Store, executor: ThreadPoolExecutor) -> None:
    """Refuse a store that lacks tables.

    One that is away is not waited for: verdicts do not need it, and the roles that do wait by themselves.
    """
    asked = asyncio.get_running_loop().run_in_executor(executor, status, store)
    try:
        steps = await asyncio.wait_for(asyncio.shield(asked), STORE_TIMEOUT_S)
    except (StoreUnavailableError, TimeoutError) as error:
        log.warning("the store is away (%s): starting without", error or "it does not answer")
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        return
    if pending := [step.name for step in steps if step.state != "applied"]:
        raise WorkerError(f"the store is not up to date ({', '.join(pending)}): run 'callsieve migrate' first")


def _signalled() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    return stop


async def _run(
    runners: list[RoleRunner],
    follower: ListFollower | None,
    progress: Progress,
    stop: asyncio.Event,
    on_ready: Callable[[], None] | None,
) -> None:
    announced = False
    checked_s = 0.0
    try:
        for runner in runners:
            await runner.app.start()
        while not stop.is_set():
            failed = next((r for r in runners if r.app.crashed), None)
            if failed is not None:
                raise WorkerError(f"role {failed.stage.role} failed: {failed.app.crash_reason!r}")
            if follower is not None and follower.error is not None:
                raise WorkerError(f"the lists can't be followed: {follower.error}")
            if time.monotonic() - checked_s > CHECK_S:
                checked_s = time.monotonic()
                progress.check()
                hopeless = next((r for r in runners if progress.stuck_s(r) > HOPELESS_S), None)
                if hopeless is not None:  # whatever it is, a new beginning may mend it
                    raise WorkerError(f"role {hopeless.stage.role} got nowhere for {HOPELESS_S:.0f} s")
            if not announced and all(runner.ready for runner in runners):
                announced = True
                log.info("ready: %s", ", ".join(runner.stage.role for runner in runners))
                if on_ready:
                    on_ready()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.1)
    finally:
        await _stop(runners)


async def _stop(runners: list[RoleRunner]) -> None:
    """Leave the groups, all at once.

    Raises
    ------
    StopTimeoutError
        If that takes too long: Kafka is away.
    """
    stopping = asyncio.gather(*(runner.app.stop() for runner in runners), return_exceptions=True)
    done, _ = await asyncio.wait((stopping,), timeout=STOP_TIMEOUT_S)
    if not done:
        raise StopTimeoutError(f"the roles did not end within {STOP_TIMEOUT_S:.0f} s: Kafka is away")
