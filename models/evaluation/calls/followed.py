"""What became of made calls, from second to second: figures of each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.call_state import CallLabel, ChunkLabel
from models.evaluation.calls.calls import CHUNK_S, MadeCall
from models.evaluation.calls.scripts import SPOKEN

HISTORY: Final = 9  # chunks that a call's label rests on, the newest included
# what a policy may do, in rising severity, as schemas/avro/verdict.avsc has them
ACTIONS: Final = ("allow", "tag", "challenge", "divert", "block")
ACTS: Final = ACTIONS.index("challenge")

_MACHINES: Final = {"fax", "modem"}  # a fax's pages are a modem's: no mistake that matters

State = Callable[[Sequence[ChunkLabel]], CallLabel]
Decide = Callable[[CallLabel], str]


@dataclass(frozen=True, slots=True)
class Step:
    """A call after one of its chunks.

    Attributes
    ----------
    end_s : float
        Seconds since the call's begin.
    label : str
        What the call is judged to be.
    action : str
    """

    end_s: float
    label: str
    action: str


@dataclass(frozen=True, slots=True)
class FollowedCall:
    """A made call, what its chunks were judged to be, and what the call was after each.

    Attributes
    ----------
    made : MadeCall
    chunks : list of ChunkLabel
    steps : list of Step
    """

    made: MadeCall
    chunks: list[ChunkLabel]
    steps: list[Step]

    def again(self, state: State, decide: Decide) -> "FollowedCall":
        """The same chunks with another state and policy."""
        steps: list[Step] = []
        for place, step in enumerate(self.steps):
            judged = state(self.chunks[max(place + 1 - HISTORY, 0) : place + 1])
            steps.append(Step(step.end_s, judged.label, decide(judged)))
        return FollowedCall(self.made, self.chunks, steps)

    @property
    def wait_s(self) -> float:
        """From the moment the call becomes what it stays to the verdict that says so first; infinite if none does."""
        turned = self.made.turns_s
        wanted = self.made.script.stretches[-1].call
        for step in self.steps:
            if step.end_s > turned and step.label == wanted:
                return step.end_s - turned
        return float("inf")

    @property
    def right(self) -> list[bool]:
        """Whether the call's label was the truth, after each chunk."""
        return [step.label == self.made.truth(step.end_s) for step in self.steps]

    def worst_action(self, *, before_s: float = float("inf"), after_s: float = 0.0) -> str:
        """Most severe action of the verdicts between two moments; allow where there is none."""
        taken = [ACTIONS.index(step.action) for step in self.steps if after_s < step.end_s <= before_s]
        return ACTIONS[max(taken, default=0)]


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Figures of one kind of call.

    Attributes
    ----------
    kind : str
    calls : int
    settled : int
        Calls that were judged what they are in the end.
    median_s, late_s : float
        From the turn to the right label: median, and of nine in ten; infinite where too many never were.
    right, steps : int
        Verdicts that were right, and all.
    waited : int
        Calls challenged before anybody spoke: silence is all there was.
    acted : int
        Calls challenged or more although somebody speaks, after the first half second of it; for kinds without a
        talker calls acted on by another label than the truth.
    blocked : int
    """

    kind: str
    calls: int
    settled: int
    median_s: float
    late_s: float
    right: int
    steps: int
    waited: int
    acted: int
    blocked: int


def figures(kind: str, calls: Sequence[FollowedCall]) -> KindFigures:
    """Sum up the calls of a kind."""
    waits = np.array([call.wait_s for call in calls])
    right = [each for call in calls for each in call.right]
    median, late = np.quantile(waits, [0.5, 0.9], method="higher") if len(waits) else (np.inf, np.inf)
    return KindFigures(
        kind=kind,
        calls=len(calls),
        settled=int(np.isfinite(waits).sum()),
        median_s=float(median),
        late_s=float(late),
        right=sum(right),
        steps=len(right),
        waited=sum(_waited(call) for call in calls),
        acted=sum(_acted(call) for call in calls),
        blocked=sum(call.worst_action() == "block" for call in calls),
    )


def _first_speech_s(call: FollowedCall) -> float:
    begin = 0.0
    for part in call.made.script.stretches:
        if part.call == "speech":
            return begin
        begin += part.seconds
    return float("inf")


def _waited(call: FollowedCall) -> bool:
    """Whether it was acted on before the first verdict that could know of speech."""
    spoken = _first_speech_s(call)
    if not 0.0 < spoken < float("inf"):
        return False
    return ACTIONS.index(call.worst_action(before_s=_first_verdict(spoken) - 1e-6)) >= ACTS


def _acted(call: FollowedCall) -> bool:
    if call.made.script.kind in SPOKEN:
        return ACTIONS.index(call.worst_action(after_s=_first_verdict(_first_speech_s(call)) - 1e-6)) >= ACTS
    severe = [step for step in call.steps if ACTIONS.index(step.action) >= ACTS]
    told = [(step.label, call.made.truth(step.end_s)) for step in severe]
    return any(label != truth and not {label, truth} <= _MACHINES for label, truth in told)


def _first_verdict(spoken_s: float) -> float:
    """When the first chunk with half a second of speech or more in it ends."""
    return float(np.ceil((spoken_s + 0.5) / CHUNK_S) * CHUNK_S)
