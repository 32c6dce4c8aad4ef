"""Verdicts from evidence: every field a function of the record it rests on, but for the clocks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from schemas.ids import verdict_id
from schemas.records import Cause, ChunkHead, Features, ListEntry, Passage, Phase, ReplayPart, Scope, Tone, Verdict
from streams.policy import Policy

CHUNK_MS: Final = 2_000


def phase_of(head: ChunkHead) -> Phase:
    """Where in the call a chunk lies, by its end, which is when an action could be taken."""
    answered = head.facts.answered_ms
    if answered is None:
        return "unknown" if head.sip_call_id is None else "early_media"
    return "answered" if (head.chunk + 1) * CHUNK_MS > answered else "early_media"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a verdict says, before its context is added."""

    scope: Scope
    cause: Cause
    label: str
    probability: float
    reasons: list[str]
    evidence_id: str = ""
    probabilities: dict[str, float] | None = None
    chunks: int = 1  # so many in a row had this label
    replay: ReplayPart | None = None
    last: bool = False
    entry: ListEntry | None = None  # of cause black or white: what says so
    passages: list[Passage] = field(default_factory=list)  # of a mixed chunk


class VerdictMaker:
    """Makes verdicts under one policy and clock (ms since 1970).

    Attributes
    ----------
    model
        Version of the model that judges now: verdicts name it, and their ids do not depend on it.
    """

    def __init__(self, policy: Policy, model: str, clock: Callable[[], int]) -> None:
        self._policy = policy
        self.model = model
        self._clock = clock

    def make(self, features: Features, finding: Finding, *, tones: list[Tone], lists: str) -> Verdict:
        """Verdict on the chunk, or the call, that a record of features belongs to."""
        head = features.head
        phase = phase_of(head)
        action = self._policy.decide(
            cause=finding.cause,
            label=finding.label,
            probability=finding.entry.confidence if finding.entry else finding.probability,
            chunks=finding.chunks,
            phase=phase,
            entry=finding.entry,
        )
        return Verdict(
            id=verdict_id(head.stream_id, head.chunk, finding.scope, finding.cause, finding.evidence_id),
            stream_id=head.stream_id,
            call_id=head.call_id,
            sip_call_id=head.sip_call_id,
            ssrc=head.ssrc,
            chunk=head.chunk,
            start_s=head.chunk * CHUNK_MS / 1000,
            scope=finding.scope,
            cause=finding.cause,
            evidence_id=finding.evidence_id,
            label=finding.label,
            probability=finding.probability,
            probabilities=finding.probabilities or {finding.label: finding.probability},
            action=action,
            dry_run=self._policy.dry_run,
            reasons=finding.reasons,
            phase=phase,
            model=self.model,
            policy=self._policy.version,
            lists=lists,
            facts=head.facts,
            coverage=head.coverage,
            last=finding.last,
            tones=tones,
            replay=finding.replay,
            passages=finding.passages,
            captured_ms=head.captured_ms,
            tapped_ms=head.tapped_ms,
            closed_ms=head.closed_ms,
            features_ms=features.features_ms,
            judged_ms=self._clock(),
        )
