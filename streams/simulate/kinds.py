"""What a simulated call may be, how often, and what may be said of it."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

Kind = Literal[
    "speech",
    "speech_dtmf",
    "dead_air",
    "digital_silence",
    "idle_codes",
    "comfort_noise",
    "noise",
    "busy",
    "ringback",
    "fax",
    "dtmf",
    "no_media",
    "campaign",
    "decoy",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

# Calls of each kind among sixty. Real traffic is mostly speech; the rarer kinds are here often enough to be counted.
DEFAULT_MIX: Final[Mapping[Kind, float]] = {
    "speech": 11,
    "speech_dtmf": 3,
    "dead_air": 4,
    "digital_silence": 3,
    "idle_codes": 3,
    "comfort_noise": 3,
    "noise": 4,
    "busy": 3,
    "ringback": 3,
    "fax": 4,
    "dtmf": 4,
    "no_media": 3,
    "campaign": 8,
    "decoy": 4,
}
PLANTED_SHARE: Final = 0.6  # of a campaign's calls are the planted caller's; the others come from one caller each
DECOY_CALLS: Final = 4  # of each decoy: as often as a planted caller phones

_LABELS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "speech_dtmf": ("speech", "dtmf"),
    "idle_codes": ("digital_silence",),
    "decoy": ("speech",),
}


def labels_of(kind: Kind, *, hearing: int = 0) -> tuple[str, ...]:
    """Call labels that are right for a call of a kind, the exact one first.

    Nearly every kind has one right label, its own. The others:

    - idle codes are digital silence: at least 96 % of them are the law's codes of silence;
    - a decoy is a caller who phones often, saying something else each time: speech;
    - a campaign's message is speech when it is heard for the first time, and a recording from its second hearing on;
    - speech with a few digits dialled in its middle is speech; dtmf is accepted too, because it is heard in the call.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    hearing : int
        For a campaign's call, which hearing of the message it is, from 1.
    """
    if kind == "campaign":
        return ("speech",) if hearing == 1 else ("recording",)
    return _LABELS.get(kind, (kind,))


def shared_out(calls: int, mix: Mapping[Kind, float]) -> dict[Kind, int]:
    """How many of some calls are of each kind, by largest remainder (ties: the kind named first).

    Raises
    ------
    ValueError
        For a kind that doesn't exist, a share below zero, or none above it.
    """
    unknown = set(mix) - set(KINDS)
    if unknown:
        raise ValueError(f"no such kind of call: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    if any(share < 0 for share in mix.values()) or sum(mix.values()) <= 0:
        raise ValueError("the shares of a mix are zero or more, and not all zero")
    total = sum(mix.values())
    exact = {kind: calls * mix.get(kind, 0.0) / total for kind in KINDS}
    counts = {kind: int(share) for kind, share in exact.items()}
    by_remainder = sorted(KINDS, key=lambda kind: counts[kind] - exact[kind])
    for kind in by_remainder[: calls - sum(counts.values())]:
        counts[kind] += 1
    return counts
