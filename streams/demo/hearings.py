"""How the demo's campaign changed its recording from call to call, and what was found of it."""

from dataclasses import dataclass

from schemas.records import ReplayPart
from streams.simulate.plan import Hearing
from streams.simulate.truth import CallTruth


@dataclass(frozen=True, slots=True)
class HearingFound:
    """One call of the campaign.

    Attributes
    ----------
    hearing
        Which call of it, from 1.
    changes
        What was done to the recording, in words.
    match
        The best match of the call with an earlier one; None when none was found.
    """

    hearing: int
    changes: str
    match: ReplayPart | None


def hearings_found(calls: list[CallTruth], matches: dict[str, ReplayPart]) -> list[HearingFound]:
    """Every call of a campaign, in order, with what was found of it."""
    heard = sorted((call for call in calls if call.changes), key=lambda call: call.hearing or 0)
    return [
        HearingFound(call.hearing or 0, changes_in_words(call.changes), matches.get(call.call_id))
        for call in heard
        if call.changes
    ]


def changes_in_words(hearing: Hearing) -> str:
    """What was done to the recording."""
    faster = round(100 * (hearing.speed - 1))
    words = (
        f"{hearing.gain_db:+.0f} dB" if abs(hearing.gain_db) >= 0.5 else "",
        f"{abs(faster)} % {'faster' if faster > 0 else 'slower'}" if faster else "",
        f"begins {hearing.cut_s:.1f} s in" if hearing.cut_s >= 0.05 else "",
        f"{-hearing.cut_s:.1f} s of silence first" if hearing.cut_s <= -0.05 else "",
        f"noise at {hearing.noise_dbfs:.0f} dBFS" if hearing.noise_dbfs is not None else "",
        f"through {hearing.codec.upper()}" if hearing.codec else "",
    )
    return ", ".join(word for word in words if word) or "as it was recorded"
