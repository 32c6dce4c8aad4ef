"""Whether roles get on: what there is to do must lead to acknowledgements."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from streams.runtime.kafka_watch import KafkaWatch
from streams.runtime.runner import RoleRunner

STUCK_S: Final = 30.0  # work to do, and nothing acknowledged for so long: the role is stuck
HOPELESS_S: Final = 180.0  # a role stuck for so long, with Kafka and the store there, is better begun anew


@dataclass(slots=True)
class _Seen:
    acknowledged: int
    taken: int
    acknowledged_s: float
    taken_s: float


class Progress:
    """Watches the counts of roles.

    A role is stuck when it has work and acknowledges nothing. Work is a batch that is being worked on, records that it
    has not read, or records that came lately. Records that a stage holds because their call has not gone on are none:
    when the taps go silent, the holds stay and nobody is stuck.
    """

    def __init__(self, runners: Sequence[RoleRunner], kafka: KafkaWatch) -> None:
        self._runners = runners
        self._kafka = kafka
        self._seen: dict[str, _Seen] = {}

    def check(self) -> None:
        """Look at the roles; to be called about once a second."""
        now = time.monotonic()
        for runner in self._runners:
            seen = self._seen.get(runner.stage.role)
            if seen is None:
                seen = self._seen[runner.stage.role] = _Seen(-1, -1, now, now)
            if seen.taken != runner.taken:
                seen.taken, seen.taken_s = runner.taken, now
            if seen.acknowledged != runner.acknowledged or self._excused(runner, now - seen.taken_s):
                seen.acknowledged, seen.acknowledged_s = runner.acknowledged, now

    def stuck_s(self, runner: RoleRunner) -> float:
        """For how long a role has had work, and everything it needs, and acknowledged nothing."""
        seen = self._seen.get(runner.stage.role)
        return 0.0 if seen is None else time.monotonic() - seen.acknowledged_s

    def _excused(self, runner: RoleRunner, silent_s: float) -> bool:
        if self._kafka.away or runner.registry_away or getattr(runner.stage, "waiting", False):
            return True  # it can't, and that is told by itself
        return not runner.working and silent_s > STUCK_S and not runner.unread(self._kafka.ends)
