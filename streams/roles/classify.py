"""Role classify: call.features to call.verdicts."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Final

from models.classifier import ChunkClassifier, Evidence, Judgement
from schemas.codec import BrokenRecordError, Codec
from schemas.records import Features, Verdict
from streams.classify import ClassifyCore, Pair
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

    def __init__(
        self, classifier: ChunkClassifier, policy: Policy, lists: ListView, codec: Codec, executor: Executor
    ) -> None:
        self._classifier = classifier
        self._codec = codec
        self._lists = lists
        self._executor = executor
        self._maker = VerdictMaker(policy, classifier.version, now_ms)
        self._cores: dict[int, ClassifyCore] = {}
        self._drops: Counter[str] = Counter()

    def reset(self) -> None:
        """Forget all streams; the partitions' new owners read them again."""
        self._drops = Counter(self.drops())
        self._cores = {}

    async def start(self) -> None:
        """Nothing to prepare: the model is loaded by whoever makes the stage."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    def drops(self) -> dict[str, int]:
        """Parts judged before, let go as they should be; parts that were lost; streams that there was no room for."""
        total = Counter(self._drops)
        for core in self._cores.values():
            total.update(judged_before=core.let_go, part_lost=core.lost, crowded_out=core.crowded_out)
        return dict(total)

    async def process(self, batch: list[Received]) -> Outcome:
        """Join, ask the model, judge."""
        outcome = Outcome()
        cores = self._cores
        pairs: list[tuple[Received, ClassifyCore, Pair]] = []
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
        judgements = await asyncio.get_running_loop().run_in_executor(self._executor, self._judge, pairs)
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
        return outcome

    def _judge(self, pairs: list[tuple[Received, ClassifyCore, Pair]]) -> list[Judgement | Exception | None]:
        """What the model says of pairs: None where it is not asked or can't read one, else why there is no answer."""
        evidence = [_evidence(core, pair) for _, core, pair in pairs]
        asked = [one for one in evidence if isinstance(one, Evidence)]
        try:
            answers: Iterator[Judgement | Exception | None] = iter(self._classifier.classify(asked))
        except Exception:  # of one: it alone has no answer
            answers = iter([self._ask_alone(one) for one in asked])
        return [next(answers) if isinstance(one, Evidence) else one for one in evidence]

    def _ask_alone(self, evidence: Evidence) -> Judgement | Exception | None:
        try:
            return self._classifier.classify([evidence])[0]
        except ValueError:
            return None
        except Exception as error:
            return error


def _note_latency(made: list[Emission]) -> None:
    for emission in made:
        verdict = emission.record
        if isinstance(verdict, Verdict) and verdict.scope == "chunk" and verdict.coverage > 0:
            VERDICT_SECONDS.observe((verdict.judged_ms - verdict.captured_ms) / 1000)


def _evidence(core: ClassifyCore, pair: Pair) -> Evidence | Exception | None:
    try:
        return core.evidence(pair)
    except Exception as error:
        return error
