"""What is true of simulated calls, as a file to judge verdicts by."""

from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from streams.audio import CHUNK_SAMPLES
from streams.simulate.kinds import Kind
from streams.simulate.plan import Hearing, Plan, PlannedCall

FORMAT: Final = 1


class CallTruth(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of one call.

    ``labels`` are the call labels accepted, the exact one first (`streams.simulate.kinds.labels_of` says why a kind has
    more than one). ``streams`` are the samples each of the caller's streams spans from its first to the end of its last
    packet, and ``chunks`` how many chunks those are (`chunks_of`); a call without media has none of either, but its
    tap may still begin chunks for it. ``hearing`` counts the calls of a campaign from 1, ``changes`` tells how the
    message is changed in it. The caller's number is in clear: it is a simulated one.
    """

    call_id: str
    sip_call_id: str
    kind: Kind
    variant: str
    labels: list[str]
    caller: str
    callee: str
    start_us: int
    streams: list[int]
    chunks: int
    campaign: str | None = None
    hearing: int | None = None
    changes: Hearing | None = None
    planted: bool = False


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What is true of a simulation. ``planted_caller`` (E.164), if any, must be blacklisted and nobody else."""

    format: int
    version: int
    seed: int
    calls: list[CallTruth]
    planted_caller: str | None = None

    def by_call_id(self) -> dict[str, CallTruth]:
        """Calls by the id they have in all records."""
        return {call.call_id: call for call in self.calls}

    def kinds(self) -> Counter[str]:
        """How many calls there are of each kind."""
        return Counter(call.kind for call in self.calls)


def chunks_of(samples: int) -> int:
    """How many chunks a stream of so many samples at 8 kHz begins."""
    return -(-samples // CHUNK_SAMPLES)


def truth_of(plan: Plan) -> Truth:
    """Tell the truth of a plan; no sound is made for it."""
    calls = [_call_truth(call) for call in plan.calls]
    return Truth(format=FORMAT, version=plan.version, seed=plan.seed, calls=calls, planted_caller=plan.planted_caller)


def write_truth(path: Path, plan: Plan) -> Truth:
    """Write the truth of a plan as JSON, and return it.

    Raises
    ------
    OSError
        When the file can't be written.
    """
    truth = truth_of(plan)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")
    return truth


def _call_truth(call: PlannedCall) -> CallTruth:
    return CallTruth(
        call_id=call.call_id,
        sip_call_id=call.sip_call_id,
        kind=call.kind,
        variant=call.variant,
        labels=list(call.labels),
        caller=call.caller,
        callee=call.callee,
        start_us=call.start_us,
        streams=list(call.stream_samples),
        chunks=sum(chunks_of(samples) for samples in call.stream_samples),
        campaign=call.hearing.campaign if call.hearing else None,
        hearing=call.hearing.number if call.hearing else None,
        changes=call.hearing,
        planted=call.planted,
    )
