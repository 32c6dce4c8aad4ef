"""Counts, spans and tones as people say them, and counts put together by label."""

from collections.abc import Iterable
from typing import Final, get_args

from schemas.records import Action
from streams.look.sections import LabelCount, OutcomeCount

_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000))
_RESULTS: Final = ("passed", "failed", "unknown")
_TONES: Final = {
    "dial": "dial tone",
    "ringback": "ring-back tone",
    "busy": "busy tone",
    "reorder": "congestion tone",
    "sit": "special information tone",
    "cng": "fax calling",
    "ced": "fax or modem answering",
    "v21": "fax control frame",
    "ans_pr": "modem answering",
    "ansam": "fax or modem answering",
    "ansam_pr": "fax or modem answering",
    "modem": "modem answering",
    "test": "test tone",
    "beep": "beep",
    "tone": "call progress, unfinished",
}
_ORDER: Final = {action: number for number, action in enumerate(get_args(Action))}


def duration(length_ms: int) -> str:
    """A round span in its largest whole unit: ``10 min``."""
    name, unit = next(((name, unit) for name, unit in _UNITS if length_ms % unit == 0), ("ms", 1))
    return f"{length_ms // unit} {name}"


def tone_words(symbol: str) -> str:
    """What a tone's name stands for; nothing for a key, which stands for itself, and for a name that is new here."""
    return _TONES.get(symbol, "")


def share(part: int, whole: int) -> str:
    """A part of a whole, in percent."""
    return f"{part / whole:.0%}" if whole else "none"


def by_label(counts: Iterable[LabelCount]) -> dict[str, dict[str, int]]:
    """Calls by label and by action, the largest label first, actions by severity."""
    found: dict[str, dict[str, int]] = {}
    for each in counts:
        found.setdefault(each.label, {})[each.action] = each.calls
    largest_first = sorted(found, key=lambda label: (-sum(found[label].values()), label))
    return {
        label: dict(sorted(found[label].items(), key=lambda item: _ORDER.get(item[0], 0))) for label in largest_first
    }


def outcomes_by_label(counts: Iterable[OutcomeCount]) -> dict[str, tuple[int, int, int]]:
    """Calls passed, failed and unknown by label, the largest first."""
    found: dict[str, dict[str, int]] = {}
    for each in counts:
        known = each.ivr_result if each.ivr_result in _RESULTS else "unknown"
        results = found.setdefault(each.label, dict.fromkeys(_RESULTS, 0))
        results[known] += each.calls
    largest_first = sorted(found, key=lambda label: (-sum(found[label].values()), label))
    return {label: (found[label]["passed"], found[label]["failed"], found[label]["unknown"]) for label in largest_first}
