"""The current verdict of each call: of the highest cause, then of the latest chunk."""

from typing import Final, get_args

from schemas.records import Cause, Verdict

RANK: Final[dict[str, int]] = {cause: rank for rank, cause in enumerate(get_args(Cause))}


class CurrentVerdicts:
    """Keeps, of all verdicts of scope call, the one that counts now; in the order the calls appeared."""

    def __init__(self) -> None:
        self._current: dict[str, Verdict] = {}

    def feed(self, verdict: Verdict) -> bool:
        """Take in a verdict; whether it is now the current one of its call."""
        if verdict.scope != "call":
            return False
        before = self._current.get(verdict.call_id)
        if before is not None and _order(verdict) < _order(before):
            return False
        self._current[verdict.call_id] = verdict
        return True

    def __getitem__(self, call_id: str) -> Verdict:
        return self._current[call_id]

    def calls(self) -> list[Verdict]:
        """The current verdict of every call."""
        return list(self._current.values())


def _order(verdict: Verdict) -> tuple[int, int, int, str]:
    # the id settles what is left, as in ClickHouse's view of the same name
    return RANK[verdict.cause], verdict.captured_ms, verdict.chunk, verdict.id
