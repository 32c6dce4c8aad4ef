"""What the store knows, section by section, as values."""

from typing import Final, TypeVar

import msgspec

from streams.store import Store
from streams.store.queries import ask

_STEPS_MS: Final = tuple(
    1000 * seconds
    for seconds in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400, 604_800, 2_592_000)
)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all: immutable, compared by value."""


class Totals(Section, frozen=True, kw_only=True):
    """All calls of a span; times in ms since 1970, 0 where there are no calls."""

    calls: int
    callers: int
    flagged: int
    diverted: int
    first_ms: int
    last_ms: int


class LabelCount(Section, frozen=True, kw_only=True):
    """Calls of one label that met one action."""

    label: str
    action: str
    calls: int
    callers: int


class SpamType(LabelCount, frozen=True, kw_only=True):
    """Calls that were tagged, challenged or blocked, by what told."""

    cause: str


class Step(Section, frozen=True, kw_only=True):
    """Calls that began within one step of time."""

    at_ms: int
    calls: int
    flagged: int = 0


class Timeline(Section, frozen=True, kw_only=True):
    """Calls over time; steps without calls are there too."""

    step_ms: int
    steps: list[Step]


class Entry(Section, frozen=True, kw_only=True):
    """A list entry as it stands now."""

    kind: str
    scope: str
    value: str
    calls: int
    created_ms: int
    expires_ms: int | None
    state: str
    removed: int
    actor: str
    reason: str
    campaign: str = ""

    def standing(self, now_ms: int) -> str:
        """How it stands: in force, disabled, expired, removed."""
        if self.removed:
            return "removed"
        if self.state != "active":
            return self.state
        return "expired" if self.expires_ms is not None and self.expires_ms <= now_ms else "in force"


class Latency(Section, frozen=True, kw_only=True):
    """From a chunk's last sample to its verdict, ms: quantiles, and the stages' own."""

    cause: str
    verdicts: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    tap_p50_ms: float
    window_p50_ms: float
    features_p50_ms: float
    classify_p50_ms: float
    tap_p99_ms: float
    window_p99_ms: float
    features_p99_ms: float
    classify_p99_ms: float

    @property
    def stages(self) -> dict[str, tuple[float, float]]:
        """Median and 99th percentile of each stage."""
        return {
            name: (getattr(self, f"{name}_p50_ms"), getattr(self, f"{name}_p99_ms"))
            for name in ("tap", "window", "features", "classify")
        }


class ToneCount(Section, frozen=True, kw_only=True):
    """New tones of one symbol, sent one way."""

    symbol: str
    source: str
    tones: int
    calls: int


class OutcomeCount(Section, frozen=True, kw_only=True):
    """What became of the calls of one label."""

    label: str
    ivr_result: str
    calls: int


class UnwantedKind(Section, frozen=True, kw_only=True):
    """Calls of one kind that anything was done about; ``share`` is of all such calls, 0 to 1."""

    kind: str
    calls: int
    callers: int
    share: float


class EndedBy(Section, frozen=True, kw_only=True):
    """Calls that one side ended, by how they did in the voice menu; ``share`` is of all calls with an outcome."""

    ended_by: str
    passed: int
    failed: int
    unknown: int
    calls: int
    share: float


class EndedByOfLabel(EndedBy, frozen=True, kw_only=True):
    """The same of one label's calls."""

    label: str


S = TypeVar("S", bound=Section)


def rows(store: Store, kind: type[S], question: str, **parameters: object) -> list[S]:
    """Answer of a named query as sections.

    Raises
    ------
    StoreError
        If the store fails.
    """
    return msgspec.convert(ask(store, question, **parameters), list[kind])  # type: ignore[valid-type]


def step_of(first_ms: int, last_ms: int, most: int = 48) -> int:
    """Shortest round length of a step, ms, that cuts a span into at most so many (or the longest there is)."""
    fitting = (step for step in _STEPS_MS if (last_ms - first_ms) // step < most - 1)
    return next(fitting, _STEPS_MS[-1])


def timeline(first_ms: int, last_ms: int, step_ms: int, counts: dict[int, tuple[int, int]]) -> Timeline:
    """Steps from first to last.

    Parameters
    ----------
    first_ms, last_ms, step_ms
        The first step begins at ``first_ms``.
    counts
        Calls and flagged calls by number of the step; steps that lie outside are counted in the last one.
    """
    last = max(0, min((last_ms - first_ms) // step_ms, 10_000))
    found = {number: [0, 0] for number in range(last + 1)}
    for number, (calls, flagged) in counts.items():
        bucket = found[min(max(number, 0), last)]
        bucket[0] += calls
        bucket[1] += flagged
    steps = [Step(at_ms=first_ms + n * step_ms, calls=calls, flagged=s) for n, (calls, s) in found.items()]
    return Timeline(step_ms=step_ms, steps=steps)
