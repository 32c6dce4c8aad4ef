"""From bursts in order to tones with names: each waits until what follows can no longer change its name."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

from features.tone import Tone
from features.tones.answer import FREQUENCY as ANSWER_HZ
from features.tones.bursts import Burst, signal_to_noise_db
from features.tones.cadence import Sequence
from features.tones.families import Match, families
from features.tones.frames import SAMPLE_RATE
from features.tones.signals import information_part, is_beep, signal_of

WAIT: Final = round(2.4 * SAMPLE_RATE)  # samples: Spain's congestion tone shows its long pause within 1.6 s
_PART_GAP: Final = round(0.06 * SAMPLE_RATE)  # samples between two parts of special information
_SAME_HZ: Final = 15.0


@dataclass(slots=True)
class Heard:
    """A burst with what it may be: a finished symbol, or the sequence that will name it."""

    burst: Burst
    symbol: str | None = None
    matches: list[Match] | None = None
    sequence: Sequence | None = None
    part: int = -1


class Naming:
    """Takes bursts in order of their end and gives tones in order of their start.

    Parameters
    ----------
    dbm0_offset
        dBm0 minus dBFS, dB.
    """

    def __init__(self, dbm0_offset: float) -> None:
        self._waiting: deque[Heard] = deque()
        self._sequence: Sequence | None = None
        self._before: Burst | None = None
        self._full = 10 * math.log10(32768.0**2) - dbm0_offset

    def add(self, burst: Burst, symbol: str | None) -> None:
        """Take a burst; `symbol` where it is known already."""
        heard = Heard(burst, symbol)
        if symbol is None:
            heard.part = information_part(burst)
            heard.matches = families(burst)
            if heard.matches:
                if self._sequence is None:
                    self._sequence = Sequence()
                if not self._sequence.take(burst, heard.matches):
                    self._sequence = self._sequence.following(burst)
                    self._sequence.take(burst, heard.matches)
                heard.sequence = self._sequence
        self._waiting.append(heard)

    def settle(self, now: float) -> list[Tone]:
        """Return the tones that nothing heard after sample `now` can rename."""
        tones = []
        while self._waiting and now - self._waiting[0].burst.end >= WAIT:
            tones += self._next(now)
        return tones

    def finish(self, now: float) -> list[Tone]:
        """Return all others by the names that they have so far; hearing ended at sample `now`."""
        tones = []
        while self._waiting:
            tones += self._next(now)
        return tones

    def _next(self, now: float) -> list[Tone]:
        head = self._waiting.popleft()
        if head.part >= 0:
            chain = self._chain(head)
            if len(chain) > 1:
                for _ in chain[1:]:
                    self._waiting.popleft()
                return [self._information(chain)]
        symbol = head.symbol or self._name(head, now)
        self._before = head.burst
        return [self._tone(symbol, head)] if symbol else []

    def _name(self, head: Heard, now: float) -> str | None:
        if head.sequence is not None:
            return head.sequence.name(now)
        signal = signal_of(head.burst)
        if signal is not None:
            return signal.symbol
        return "beep" if is_beep(head.burst) and self._comes_once(head.burst) else None

    def _comes_once(self, burst: Burst) -> bool:
        """Tell whether neither what came before nor what waits has its frequency."""
        others = [heard.burst for heard in self._waiting]
        if self._before is not None and burst.start - self._before.end < WAIT:
            others.append(self._before)
        return all(abs(other.frequency - burst.frequency) > _SAME_HZ for other in others)

    def _chain(self, head: Heard) -> list[Heard]:
        """Return the parts of special information that follow each other from `head` on."""
        chain = [head]
        for following in self._waiting:
            slack = (chain[-1].burst.end_slack + following.burst.start_slack) * SAMPLE_RATE
            gap = abs(following.burst.start - chain[-1].burst.end) - slack
            if following.part != chain[-1].part + 1 or gap > _PART_GAP:
                break
            chain.append(following)
        return chain

    def _information(self, chain: list[Heard]) -> Tone:
        """Make one tone of two or three parts: two are enough, since hearing may begin or end amid them.

        It is known with its second part, whichever chunk hears it.
        """
        first, last = chain[0].burst, chain[-1].burst
        second = next(h.burst for h in chain if h.part == 1)
        loudest = max((h.burst for h in chain), key=lambda b: b.shares[0])
        return Tone(
            symbol="sit",
            start_s=first.start / SAMPLE_RATE,
            duration_s=(last.end - first.start) / SAMPLE_RATE,
            level_dbm0=self._dbm0(sum(h.burst.power for h in chain) / len(chain)),
            twist_db=0.0,
            frequency_error=0.0,
            snr_db=signal_to_noise_db(loudest.shares[0]),
            known_s=second.known / SAMPLE_RATE,
            continues=last.on,
        )

    def _tone(self, symbol: str, heard: Heard) -> Tone:
        burst = heard.burst
        signal = signal_of(burst)
        match = heard.matches[0] if heard.matches else None
        nominal = signal.frequency if signal else burst.frequency
        if heard.symbol and not burst.keyed:  # named by its samples: an answer tone
            nominal = ANSWER_HZ
        share = burst.shares[0] if burst.shares else burst.purity
        return Tone(
            symbol=symbol,
            start_s=burst.start / SAMPLE_RATE,
            duration_s=burst.seconds,
            level_dbm0=self._dbm0(burst.power),
            twist_db=match.twist_db if match else 0.0,
            frequency_error=match.frequency_error if match else abs(burst.frequency / nominal - 1),
            snr_db=signal_to_noise_db(match.share if match else share),
            known_s=burst.known / SAMPLE_RATE,
            continues=burst.on,
        )

    def _dbm0(self, power: float) -> float:
        return 10 * math.log10(max(power, 1e-9)) - self._full
