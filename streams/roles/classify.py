"""Role classify: call.features to call.verdicts, and a shadow model's to call.verdicts.shadow."""

import asyncio
from collections import Counter
from concurrent.futures import Executor
from typing import Final

from schemas.codec import BrokenRecordError, Codec
from schemas.records import Features, Verdict
from streams.classify import ClassifyCore, Pair
from streams.classify.ask import Answer, ask_model
from streams.classify.served import ServedModels
from streams.classify.shadow import Asked, Shadow
from streams.classify.verdicts import VerdictMaker
from streams.clock import now_ms
from streams.limits import check_features
from streams.lists import ListView
from streams.policy import Policy
from streams.runtime.emission import Emission
from streams.runtime.metrics import VERDICT_SECONDS
from streams.runtime.stage import Outcome, Received
from streams.topics import FEATURES


class ClassifyStage:
    """Judges chunks and calls; one core for each partition, the model asked once for a whole batch."""

    role: Final = "classify"
    sources: Final = (FEATURES,)
    batch = 128
    in_flight = 1
    linger_s = 0.0

    def __init__(self, models: ServedModels, policy: Policy, lists: ListView, codec: Codec, executor: Executor) -> None:
        self.models = models
        self._codec = codec
        self._lists = lists
        self._executor = executor
        self._policy = policy
        self._maker = VerdictMaker(policy, models.live.version, now_ms)
        self._cores: dict[int, ClassifyCore] = {}
        self._shadow: Shadow | None = None
        self._drops: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget all streams; the partitions' new owners read them again."""
        self._drops = Counter(self.drops())
        self._cores = {}
        self._shadow = None

    async def start(self) -> None:
        """Follow what the model library says; the models are loaded by whoever makes the stage."""
        self.models.start()

    async def stop(self) -> None:
        """Follow it no more."""
        await self.models.stop()

    def drops(self) -> dict[str, int]:
        """Parts judged before, let go as they should be; parts that were lost; streams that there was no room for.

        And where a second model is tried: chunks on which it failed.
        """
        total = Counter(self._drops)
        for core in self._cores.values():
            total.update(judged_before=core.let_go, part_lost=core.lost, crowded_out=core.crowded_out)
        if self._shadow is not None:
            total.update(shadow_failed=self._shadow.failed)
        return dict(total)

    async def process(self, batch: list[Received]) -> Outcome:
        """Join, ask the model, judge; a batch is judged by one model to its end."""
        outcome = Outcome()
        cores, live, shadow = self._cores, self.models.live, self._shadow_now()
        self._maker.model = live.version
        pairs: list[tuple[Received, ClassifyCore, Pair]] = []
        beside: Asked = []
        for received in batch:
            try:
                features = self._codec.decode(received.value, Features)
                check_features(features, received.timestamp_ms)
                core = cores.setdefault(received.partition, ClassifyCore(self._maker, self._lists))
                taken = core.take(features, received.slot)
            except BrokenRecordError as error:
                outcome.reject(received, str(error))
                continue
            except Exception as error:  # whatever it is, it costs one record and not the process
                outcome.fault(received, error)
                continue
            outcome.emissions.extend(taken.emissions)
            pairs.extend((received, core, pair) for pair in taken.pairs)
            if shadow is not None:
                beside += shadow.take(received.partition, features, received.slot)
        run = asyncio.get_running_loop().run_in_executor
        asked = run(self._executor, ask_model, live, [(core, pair) for _, core, pair in pairs])
        told: list[Answer] = await run(self._executor, shadow.ask, beside) if shadow is not None else []
        judgements = await asked
        if cores is not self._cores:
            return Outcome()  # a rebalance came in between: another owner reads these again
        for (received, core, pair), judgement in zip(pairs, judgements, strict=True):
            if isinstance(judgement, Exception):
                outcome.fault(received, judgement)
            try:  # where the model failed the chunk is undecided: no holes
                made = core.judge(pair, None if isinstance(judgement, Exception) else judgement)
            except Exception as error:
                outcome.fault(received, error)
                continue
            _note_latency(made)
            outcome.emissions.extend(made)
        if shadow is not None:
            outcome.emissions.extend(shadow.judge(beside, told))
        return outcome

    def _shadow_now(self) -> Shadow | None:
        """The shadow model's streams: new ones for a new model, none where none is tried."""
        model, shadow = self.models.shadow, self._shadow
        if shadow is not None and shadow.classifier is not model:
            self._drops.update(shadow_failed=shadow.failed)
            shadow.end()
            shadow = None
        if shadow is None and model is not None:
            shadow = Shadow(model, VerdictMaker(self._policy, model.version, now_ms), self._lists)
        self._shadow = shadow
        return shadow


def _note_latency(made: list[Emission]) -> None:
    for emission in made:
        verdict = emission.record
        if isinstance(verdict, Verdict) and verdict.scope == "chunk" and verdict.coverage > 0:
            VERDICT_SECONDS.observe((verdict.judged_ms - verdict.captured_ms) / 1000)
