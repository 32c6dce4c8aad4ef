"""The classify agent's core: records of features in, verdicts out."""

from dataclasses import asdict, dataclass, field
from typing import Final

import msgspec

from models.call_state import CallLabel, ChunkLabel, call_label
from models.classifier import Evidence, Judgement
from models.evidence import family_of
from schemas.records import ChunkHead, Features, Passage
from streams.classify.join import Pair, PartJoin
from streams.classify.known import KnownStreams
from streams.classify.stream import StreamJudgements
from streams.classify.verdicts import Finding, VerdictMaker
from streams.lists import ListView
from streams.runtime.acker import Hold
from streams.runtime.emission import Emission
from streams.spectrum import evidence_of
from streams.topics import VERDICTS

# families of tones that say by themselves what a call is, whatever is heard around them; they are labels too
_TELLING: Final = frozenset({"fax", "modem", "sit"})
# A modem's answer tone may show what it is (a phase reversal every 450 ms) only in the chunk after its first.
_LATE_NAMES: Final = frozenset({"ans_pr"})


@dataclass(slots=True)
class Taken:
    """What a record led to at once, and the pairs it settled, which are still to be judged."""

    emissions: list[Emission] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)


class ClassifyCore:
    """Joins, remembers and judges the streams of one partition.

    The model is asked in between, many pairs at once and wherever the caller likes: :meth:`take` gives pairs,
    :meth:`evidence` what the model needs, and :meth:`judge` takes its answer.
    """

    def __init__(self, maker: VerdictMaker, lists: ListView) -> None:
        self._maker = maker
        self._lists = lists
        self._join = PartJoin()
        self._streams = KnownStreams()

    def __len__(self) -> int:
        return len(self._streams)

    @property
    def let_go(self) -> int:
        """Parts that came again, or whose partner an earlier owner judged."""
        return self._join.let_go

    @property
    def crowded_out(self) -> int:
        """Streams that were forgotten for others: more came than are kept."""
        return self._streams.crowded_out

    @property
    def lost(self) -> int:
        """Parts whose partner never came."""
        return self._join.lost

    def take(self, features: Features, hold: Hold) -> Taken:
        """Take in a record: verdicts that rest on it alone, and the pairs it settles."""
        taken = Taken()
        heard = self._tone_findings(features) + self._replay_findings(features)
        findings = list(heard)
        if features.spectrum is not None:
            findings += self._list_findings(features, None, heard)
        if features.replay is not None and features.replay.campaign is not None:
            findings += self._list_findings(features, features.replay.campaign, heard)
        taken.emissions = [self._emission(features, finding, [hold]) for finding in findings]
        for _ in findings:  # only now that all are made: should one fail, nothing is held for the others
            hold.hold()
        taken.pairs = self.join(features, hold)
        return taken

    def join(self, features: Features, hold: Hold) -> list[Pair]:
        """Take in a record for nothing but the pairs it settles."""
        return self._join.feed(features, hold)

    def _tone_findings(self, features: Features) -> list[Finding]:
        tones = features.tones.tones if features.tones else []
        told = {tone.symbol for tone in tones if not tone.continued or tone.symbol in _LATE_NAMES}
        labels = {symbol: family for symbol in sorted(told) if (family := family_of(symbol)) in _TELLING}
        if "fax" in labels.values():  # a fax may answer as a modem does
            labels = {symbol: label for symbol, label in labels.items() if label != "modem"}
        return [Finding("call", "tone", label, 1.0, [f"{symbol}_tone"], symbol) for symbol, label in labels.items()]

    def _replay_findings(self, features: Features) -> list[Finding]:
        replay = features.replay
        if replay is None or replay.campaign is None:
            return []
        probability = 1.0 - replay.false_match_probability
        return [Finding("call", "replay", "recording", probability, ["replayed"], replay.campaign, replay=replay)]

    def _list_findings(self, features: Features, campaign: str | None, heard: list[Finding]) -> list[Finding]:
        """What the lists say of the caller (once a chunk) or of a campaign (at each match).

        The label is what is heard by the same record, so that the verdict is a function of it: undecided where it
        hears nothing that decides by itself. Who wants all that was heard of a call looks at its current verdict.
        """
        hit = self._lists.match(features.head.facts, campaign, features.head.captured_ms)
        if hit is None or (campaign is not None and hit.entry.scope != "campaign"):
            return []
        label, probability = (heard[-1].label, heard[-1].probability) if heard else ("undecided", 0.0)
        return [
            Finding(
                "call",
                hit.kind,
                label,
                probability,
                [f"{hit.entry.kind}_{hit.entry.scope}", hit.entry.reason],
                hit.key,
                replay=features.replay,
                entry=hit.entry,
            )
        ]

    def _emission(self, features: Features, finding: Finding, releases: list[Hold]) -> Emission:
        tones = features.tones.tones if features.tones else []
        verdict = self._maker.make(features, finding, tones=tones, lists=self._lists.version)
        return Emission(VERDICTS, verdict.call_id, verdict, releases)

    def evidence(self, pair: Pair) -> Evidence | None:
        """What the model is asked about a pair; None where a part has an error, or there is no audio to come."""
        spectrum, tones = pair.spectrum.spectrum, pair.tones.tones
        if spectrum is None or tones is None or spectrum.error or tones.error or pair.spectrum.head.last:
            return None
        try:
            return evidence_of(pair.spectrum.head, spectrum, tones.tones)
        except ValueError:
            return None

    def judge(self, pair: Pair, judgement: Judgement | None) -> list[Emission]:
        """Verdicts on a pair's chunk and on its call; ``judgement`` is the model's, None where it was not asked."""
        features = _newer(pair)
        head = features.head
        stream = self._streams.at(head)
        if stream is None:
            _release(pair.holds)
            return []
        stream.begin(head.chunk, pair.holds)
        if head.last:
            self._streams.end(head.stream_id)
        _release(self._streams.silent())
        made: list[Emission] = []
        try:
            chunk = None if head.last else _chunk_finding(pair, judgement)
            if chunk:
                stream.remember(ChunkLabel(chunk.label, chunk.probability, chunk.probabilities or {}))
            if stream.is_due(head.chunk):
                findings = [chunk, _call_finding(head, stream)] if chunk else [_call_finding(head, stream)]
                made = [self._emission(features, finding, []) for finding in findings]
        finally:  # whatever fails, what only this pair kept held is let go
            done = stream.let_go(everything=head.last)
            if made:  # all go to one partition, in order: what the last releases was needed by the first too
                made[-1].releases.extend(done)
            else:
                _release(done)
        return made


def _newer(pair: Pair) -> Features:
    """One record with both parts, and the clock of the later."""
    if pair.spectrum is pair.tones:
        return pair.spectrum
    features_ms = max(pair.spectrum.features_ms, pair.tones.features_ms)
    return msgspec.structs.replace(pair.spectrum, tones=pair.tones.tones, features_ms=features_ms)


def _release(holds: list[Hold]) -> None:
    for hold in holds:
        hold.release()


def _chunk_finding(pair: Pair, judgement: Judgement | None) -> Finding:
    head, spectrum, tones = pair.spectrum.head, pair.spectrum.spectrum, pair.tones.tones
    if judgement is None:
        errors = [part.error for part in (spectrum, tones) if part is not None and part.error]
        return Finding("chunk", "audio", "undecided", 0.0, ["error", *errors])
    if "unsupported" in head.encodings and judgement.label in ("no_media", "undecided"):
        return Finding("chunk", "audio", "undecided", 0.0, ["unsupported_codec"])
    if judgement.label == "no_media" and head.close_reason == "end":
        return Finding("chunk", "audio", "undecided", 0.0, ["cut_short"])  # it ended before two seconds were over
    return Finding(
        "chunk",
        "audio",
        judgement.label,
        judgement.probability,
        judgement.reasons,
        probabilities=judgement.probabilities,
        passages=[Passage(**asdict(passage)) for passage in judgement.passages],
    )


def _call_finding(head: ChunkHead, stream: StreamJudgements) -> Finding:
    labels = stream.labels
    if head.last and head.ssrc == 0 and head.end_reason != "media_started":
        judged = CallLabel("no_media", 1.0, {"no_media": 1.0}, max(1, len(labels)), ["ended_without_media"])
    elif head.last and head.ssrc == 0:
        judged = CallLabel("undecided", 0.0, {}, 0, ["media_started"])
    elif labels:
        judged = call_label(labels)
    else:
        judged = CallLabel("undecided", 0.0, {}, 0, ["nothing_received"])
    return Finding(
        "call",
        "audio",
        judged.label,
        judged.probability,
        judged.reasons,
        probabilities=judged.probabilities,
        chunks=judged.chunks,
        last=head.last,
    )
