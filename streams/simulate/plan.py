"""What a simulated call is, before a sound of it is made: a value that follows from the seed."""

from typing import Final, Literal

import msgspec

from features.g711 import Law
from schemas.ids import call_id_of_sip
from streams.audio import RATE
from streams.simulate.kinds import Kind

VERSION: Final = 2  # of the simulation: another version makes other bytes from the same seed
_HEADS_UP_US: Final = 40_000  # from the response that allows media to the first packet
_TAIL_US: Final = 120_000  # from the end of the audio to BYE: the last packet has arrived, no chunk has run out

NumberStyle = Literal["plus", "zeros", "tel"]
CalleeMedia = Literal["none", "room", "prompt"]


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to the caller's packets on their way. Shares are 0 to 1, times in milliseconds."""

    loss: float = 0.0
    duplicates: float = 0.0
    reordering: float = 0.0
    jitter_ms: float = 0.0


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a campaign: which hearing of the message it is (from 1), and how it is changed.

    ``cut_s`` is where in the message the call begins (below zero: so much silence comes first). ``speed`` is how much
    faster it is played, pitch and tempo alike; ``codec`` is what the call passed before its last leg.
    """

    campaign: str
    number: int
    gain_db: float = 0.0
    noise_dbfs: float | None = None
    cut_s: float = 0.0
    speed: float = 1.0
    codec: Literal["gsm"] | None = None


class PlannedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Times are microseconds: ``start_us`` since 1970, others after it; numbers are E.164 with ``+``.

    ``trunk`` is the address the call comes from. With ``early_media`` the caller sends as soon as it rings.

    ``variant`` says which of a kind: the country of a tone, the kind of a noise, how digits are sent, and so on.
    ``lasting_us`` is how long the caller sends (or, without media, stays on the line or lets it ring), ``packets`` the
    same in packet times, 0 without media; ``switch_law_at`` and ``new_ssrc_at`` are the
    packet times at which the payload type or the SSRC changes, if at all.
    """

    index: int
    kind: Kind
    variant: str
    labels: tuple[str, ...]
    sip_call_id: str
    from_tag: str
    to_tag: str
    caller: str
    callee: str
    number_style: NumberStyle
    trunk: str
    start_us: int
    ringing_us: int
    answer_us: int
    lasting_us: int
    early_media: bool
    ended_by: Literal["caller", "callee"]
    law: Law
    packet_ms: int
    packets: int
    network: Network
    callee_media: CalleeMedia = "none"
    dtx: bool = False
    switch_law_at: int | None = None
    new_ssrc_at: int | None = None
    hearing: Hearing | None = None
    planted: bool = False

    @property
    def call_id(self) -> str:
        """Id of the call in all records."""
        return call_id_of_sip(self.sip_call_id, self.from_tag)

    @property
    def media_us(self) -> int:
        """When the caller begins to send, microseconds after ``start_us``."""
        return (self.ringing_us if self.early_media else self.answer_us) + _HEADS_UP_US

    @property
    def hangs_up_us(self) -> int:
        """When the call is given up or ended, microseconds after ``start_us``."""
        return self.media_us + self.lasting_us + _TAIL_US

    @property
    def packet_samples(self) -> int:
        """Samples of one packet time."""
        return self.packet_ms * RATE // 1000

    @property
    def stream_samples(self) -> tuple[int, ...]:
        """Samples, at 8 kHz, that each of the caller's streams spans, in their order; none without media."""
        if self.new_ssrc_at is None:
            return (self.packets * self.packet_samples,) if self.packets else ()
        return self.new_ssrc_at * self.packet_samples, (self.packets - self.new_ssrc_at) * self.packet_samples


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All calls of a simulation, by start. ``planted_caller`` must come to stand on the blacklist."""

    seed: int
    calls: tuple[PlannedCall, ...]
    planted_caller: str | None = None
    version: int = VERSION


def seconds_to_us(seconds: float) -> int:
    """Microseconds of a time."""
    return round(seconds * 1_000_000)
