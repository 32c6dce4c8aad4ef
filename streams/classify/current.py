"""What counts of each call now: the action of the highest cause, and the label of what was heard."""

from typing import Final, get_args

import msgspec

from schemas.records import Cause, Verdict

RANK: Final[dict[str, int]] = {cause: rank for rank, cause in enumerate(get_args(Cause))}
HEARD: Final = frozenset({"audio", "tone", "replay"})  # causes whose label is what was heard; lists hear nothing


class CurrentVerdicts:
    """Keeps what counts now of all verdicts of scope call, in the order the calls appeared; as ClickHouse's view does.

    A call's current verdict is the one of the highest cause, then of the latest chunk. What a list says of a call hides
    nothing of what is heard on it: such a verdict shows the label of the call's best verdict of cause audio, tone or
    replay, as soon as there is one.
    """

    def __init__(self) -> None:
        self._acting: dict[str, Verdict] = {}
        self._heard: dict[str, Verdict] = {}

    def feed(self, verdict: Verdict) -> bool:
        """Take in a verdict; whether what counts of its call has changed."""
        if verdict.scope != "call":
            return False
        acts = _newer(self._acting, verdict)
        heard = verdict.cause in HEARD and _newer(self._heard, verdict)
        return acts or heard

    def __getitem__(self, call_id: str) -> Verdict:
        acting, heard = self._acting[call_id], self._heard.get(call_id)
        if heard is None or heard is acting:
            return acting
        return msgspec.structs.replace(
            acting, label=heard.label, probability=heard.probability, probabilities=heard.probabilities
        )

    def calls(self) -> list[Verdict]:
        """The current verdict of every call."""
        return [self[call_id] for call_id in self._acting]


def _newer(kept: dict[str, Verdict], verdict: Verdict) -> bool:
    """Keep a verdict that outranks the one kept for its call; whether it does."""
    before = kept.get(verdict.call_id)
    if before is not None and _order(verdict) < _order(before):
        return False
    kept[verdict.call_id] = verdict
    return True


def _order(verdict: Verdict) -> tuple[int, int, int, str]:
    # the id settles what is left, as in ClickHouse's view
    return RANK[verdict.cause], verdict.captured_ms, verdict.chunk, verdict.id
