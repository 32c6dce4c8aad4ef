"""Plans calls from a seed: who phones whom, when, what is heard, and how it travels."""

import math
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar, get_args

import numpy as np
from msgspec.structs import replace

from models.sounds.noise import KINDS as NOISES
from models.sounds.tones import COUNTRIES
from streams.simulate.kinds import DECOY_CALLS, DEFAULT_MIX, PLANTED_SHARE, Kind, labels_of, shared_out
from streams.simulate.people import NumberBook
from streams.simulate.plan import CalleeMedia, Hearing, Network, NumberStyle, Plan, PlannedCall, seconds_to_us

BEGIN_US: Final = 1_767_225_600_000_000  # 1 January 2026, 00:00 UTC
MAX_CALLS: Final = 1_000_000
BLACKLIST_CALLS: Final = 4  # a planted caller with fewer calls than this is not promised to be listed
HEARING_S: Final = 8.0  # a campaign's call lasts at least so long: enough of the message to be known again
HEARD_BEFORE_S: Final = 8.0  # from the end of a message's first hearing to its second: time to have been stored

NumberT = TypeVar("NumberT", int, float)

_TRUNKS: Final = ("198.51.100.10", "198.51.100.20", "198.51.100.30")
_VARIANTS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "noise": NOISES,
    "busy": COUNTRIES,
    "ringback": COUNTRIES,
    "fax": ("cng", "ced"),
    "dtmf": ("inband", "rfc4733", "both", "leaked"),
    "speech_dtmf": ("rfc4733", "inband"),
    "no_media": ("answered", "cancelled"),
}
_SPOKEN: Final = ("speech", "speech_dtmf", "decoy")
_PACKET_MS: Final = ((20, 0.7), (30, 0.14), (10, 0.08), (60, 0.08))
_LOSS: Final = ((0.0, 0.6), (0.003, 0.2), (0.01, 0.13), (0.03, 0.07))
# Every so-maniest call of a kind in which people speak or noise is heard has a stream that changes on its way.
_EVERY: Final = 8
_NEW_LAW_AT, _NEW_SSRC_AT, _DTX_AT = (2,), (5,), (3, 7)
_EARLY_MEDIA: Final = 0.15
_MOST_CUT_S: Final = 1.5
_MOST_FASTER: Final = 5  # percent, or slower
_CAMPAIGN: Final = "campaign-1"


def plan_calls(
    seed: int,
    calls: int = 60,
    *,
    seconds_per_call: tuple[float, float] = (8.0, 24.0),
    spread_s: float = 60.0,
    mix: Mapping[Kind, float] = DEFAULT_MIX,
    begin_us: int = BEGIN_US,
    heard_before_s: float = HEARD_BEFORE_S,
) -> Plan:
    """Plan calls whose starts are a Poisson process of the given length.

    The second and later hearings of the campaign's message begin some time after the first has ended, if need be
    after ``spread_s``.

    Parameters
    ----------
    seed : int
        Zero or more; with the same other arguments it gives the same plan.
    calls : int
        1 to `MAX_CALLS`.
    seconds_per_call : (float, float)
        Shortest and longest audio of a call, 2 to 3,600 s; a campaign's calls last at least `HEARING_S`.
    spread_s : float
        In how many seconds the calls begin.
    mix : mapping
        Share of each kind (`streams.simulate.kinds.KINDS`), of any total.
    begin_us : int
        Capture time of the beginning, microseconds since 1970.
    heard_before_s : float
        From the end of the message's first hearing to its second, at least; up to a day.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        For arguments out of range.
    """
    shortest, longest = seconds_per_call
    if seed < 0 or not 1 <= calls <= MAX_CALLS:
        raise ValueError(f"the seed is zero or more and calls are 1 to {MAX_CALLS}, not {seed} and {calls}")
    if not 2.0 <= shortest <= longest <= 3600.0:
        raise ValueError(f"a call lasts from 2 to 3600 s, not from {shortest} to {longest}")
    if not 0.0 <= spread_s <= 7 * 86_400 or not 0 <= begin_us < 2**53:
        raise ValueError(f"calls begin within a week of a time since 1970, not within {spread_s} s of {begin_us} us")
    if not 0.0 <= heard_before_s <= 86_400:
        raise ValueError(f"from a message's first hearing to its second pass 0 to 86400 s, not {heard_before_s}")
    counts = shared_out(calls, mix)
    book = NumberBook(np.random.default_rng([seed, 1]))
    chance = np.random.default_rng([seed, 2])
    planted, decoy = book.new(), ""
    planned = math.ceil(PLANTED_SHARE * counts["campaign"])
    drafts: list[PlannedCall] = []
    for kind, count in counts.items():
        for nth in range(count):
            is_planted = kind == "campaign" and nth < planned
            if kind == "decoy" and nth % DECOY_CALLS == 0:
                decoy = book.new()
            caller = planted if is_planted else decoy if kind == "decoy" else book.new()
            rng = np.random.default_rng([seed, 3, len(drafts)])
            variants = _VARIANTS.get(kind, ("",))
            variant = variants[(seed + nth) % len(variants)]
            start_us = begin_us + seconds_to_us(float(chance.uniform(0.0, spread_s)))
            drafts.append(_draft(rng, kind, nth, variant, caller, book.new(), start_us, seconds_per_call, is_planted))
    drafts = _campaign_in_order(np.random.default_rng([seed, 4]), drafts, begin_us, spread_s, heard_before_s)
    drafts.sort(key=lambda call: (call.start_us, call.sip_call_id))
    return Plan(
        seed=seed,
        calls=tuple(replace(call, index=index) for index, call in enumerate(drafts)),
        planted_caller=planted if planned >= BLACKLIST_CALLS else None,
    )


def _draft(
    rng: np.random.Generator,
    kind: Kind,
    nth: int,
    variant: str,
    caller: str,
    callee: str,
    start_us: int,
    seconds_per_call: tuple[float, float],
    planted: bool,
) -> PlannedCall:
    """Plan the nth call of a kind; ``index`` and a campaign's order are not known yet."""
    packet_ms = _drawn(rng, _PACKET_MS)
    least_s = HEARING_S if kind == "campaign" else 0.0
    packets = round(max(float(rng.uniform(*seconds_per_call)), least_s) * 1000 / packet_ms)
    silent = kind == "no_media"
    changing, place = kind in _SPOKEN or kind == "noise", nth % _EVERY
    middle = int(packets * rng.uniform(0.4, 0.6))
    early_media = not silent and bool(rng.random() < _EARLY_MEDIA)
    trunk = _TRUNKS[int(rng.integers(len(_TRUNKS)))]
    return PlannedCall(
        index=0,
        kind=kind,
        variant=variant,
        labels=labels_of(kind, hearing=nth + 1),
        sip_call_id=f"{rng.bytes(10).hex()}@{trunk}",
        from_tag=rng.bytes(4).hex(),
        to_tag=rng.bytes(4).hex(),
        caller=caller,
        callee=callee,
        number_style=get_args(NumberStyle)[int(rng.integers(3))],
        trunk=trunk,
        start_us=start_us,
        ringing_us=seconds_to_us(float(rng.uniform(0.1, 0.5))),
        answer_us=seconds_to_us(float(rng.uniform(0.8, 1.6 if early_media else 4.0))),  # before the audio's end
        lasting_us=packets * packet_ms * 1000,
        early_media=early_media,
        ended_by="caller" if rng.random() < 0.6 else "callee",
        law="pcmu" if rng.random() < 0.5 else "pcma",
        packet_ms=packet_ms,
        packets=0 if silent else packets,
        network=_network(rng),
        callee_media="none" if silent else get_args(CalleeMedia)[int(rng.choice(3, p=[0.5, 0.3, 0.2]))],
        dtx=kind == "comfort_noise" or (kind in ("speech", "decoy") and place in _DTX_AT),
        switch_law_at=middle if changing and place in _NEW_LAW_AT else None,
        new_ssrc_at=middle if changing and place in _NEW_SSRC_AT else None,
        planted=planted,
    )


def _network(rng: np.random.Generator) -> Network:
    """Most calls arrive as they were sent, or nearly; a few lose three packets in a hundred."""
    return Network(
        loss=_drawn(rng, _LOSS),
        duplicates=0.005 if rng.random() < 0.1 else 0.0,
        reordering=0.01 if rng.random() < 0.15 else 0.0,
        jitter_ms=float(rng.choice([0.0, 1.0, 4.0, 12.0])),
    )


def _changed(rng: np.random.Generator, number: int) -> Hearing:
    """One hearing of the message: the first as it was recorded, later ones changed."""
    if number == 1:
        return Hearing(campaign=_CAMPAIGN, number=1)
    return Hearing(
        campaign=_CAMPAIGN,
        number=number,
        gain_db=float(rng.uniform(-8.0, 3.0)),
        noise_dbfs=float(rng.uniform(-60.0, -42.0)) if rng.random() < 0.6 else None,
        cut_s=float(rng.uniform(-_MOST_CUT_S, _MOST_CUT_S)),
        speed=1.0 + int(rng.integers(-_MOST_FASTER, _MOST_FASTER + 1)) / 100 if rng.random() < 0.6 else 1.0,
        codec="gsm" if rng.random() < 0.4 else None,
    )


def _campaign_in_order(
    rng: np.random.Generator, drafts: list[PlannedCall], begin_us: int, spread_s: float, heard_before_s: float
) -> list[PlannedCall]:
    """Let the message's first hearing end well before the second begins, and number the hearings by their start."""
    others = [call for call in drafts if call.kind != "campaign"]
    hearings = [call for call in drafts if call.kind == "campaign"]
    if not hearings:
        return drafts
    first_us = begin_us + seconds_to_us(float(rng.uniform(0.0, 0.05 * spread_s)))
    heard_us = first_us + hearings[0].hangs_up_us + seconds_to_us(heard_before_s)
    until_us = max(begin_us + seconds_to_us(spread_s), heard_us + len(hearings) * 1_000_000)
    starts = [first_us, *sorted(int(start) for start in rng.integers(heard_us, until_us, len(hearings) - 1))]
    callers = [0, *(1 + int(place) for place in rng.permutation(len(hearings) - 1))]  # the planted caller's comes first
    return others + [
        replace(hearings[place], start_us=start_us, hearing=_changed(rng, number))
        for number, (place, start_us) in enumerate(zip(callers, starts, strict=True), start=1)
    ]


def _drawn(rng: np.random.Generator, shares: Sequence[tuple[NumberT, float]]) -> NumberT:
    """One of some numbers, each with its share (together 1)."""
    return shares[int(rng.choice(len(shares), p=[share for _, share in shares]))][0]
