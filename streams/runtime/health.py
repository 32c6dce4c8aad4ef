"""Readiness and metrics over HTTP: health means that offsets move, not that a process exists."""

from types import TracebackType
from typing import Final, Self

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.lists.follower import ListFollower
from streams.runtime.kafka_watch import KafkaWatch
from streams.runtime.metrics import REGISTRY, WorkerMetrics
from streams.runtime.progress import STUCK_S, Progress
from streams.runtime.runner import RoleRunner

STOP_WITHIN_S: Final = 1.0  # for the answers under way when the worker ends


class HealthServer:
    """``/live``, ``/ready`` and ``/metrics`` of a worker.

    Live: the event loop turns. Ready: Kafka answers, every role has joined its group, the lists are whole and followed,
    no store or registry is away, and records that were taken in get acknowledged. What else is amiss stands in the
    answer to ``/ready`` too.
    """

    def __init__(
        self,
        runners: list[RoleRunner],
        follower: ListFollower | None,
        kafka: KafkaWatch,
        progress: Progress,
        port: int,
    ) -> None:
        self.port = port
        self._runners = runners
        self._follower = follower
        self._kafka = kafka
        self._progress = progress
        self._metrics = WorkerMetrics(runners, kafka)
        self._server: web.AppRunner | None = None

    def complaints(self) -> list[str]:
        """Why the worker is not ready; none when it is."""
        found = ["Kafka is away"] if self._kafka.away else []
        for runner in self._runners:
            role = runner.stage.role
            if not runner.ready:
                found.append(f"{role}: not in its group yet")
            if getattr(runner.stage, "waiting", False):
                found.append(f"{role}: the store is away")
            if runner.registry_away:
                found.append(f"{role}: the registry is away")
            if self._progress.stuck_s(runner) > STUCK_S:
                found.append(f"{role}: {runner.pending} records taken in, none acknowledged for {STUCK_S:.0f} s")
        if self._follower is not None and self._follower.registry_away:
            found.append("lists: the registry is away")
        if self._follower is not None and not self._follower.ready:
            found.append("lists: not followed")
        return found

    def remarks(self) -> list[str]:
        """What is wrong though the work goes on: a model that can't be used, while the one of before judges."""
        models = [getattr(runner.stage, "models", None) for runner in self._runners]
        return [
            f"classify: {each.complaint}; {each.live.version} goes on judging"
            for each in models
            if each is not None and each.complaint
        ]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/live", self._live), web.get("/ready", self._ready), web.get("/metrics", self._told)])
        self._server = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_WITHIN_S)
        await self._server.setup()
        await web.TCPSite(self._server, port=self.port).start()
        self._metrics.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._metrics.__exit__(kind, error, trace)
        if self._server is not None:
            await self._server.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def _ready(self, _: web.Request) -> web.Response:
        complaints = self.complaints()
        lines = (complaints or ["ready"]) + self.remarks()
        return web.Response(status=503 if complaints else 200, text="\n".join(lines) + "\n")

    async def _told(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
