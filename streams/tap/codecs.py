"""What a payload type carries, and on which clock."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.frames import COMFORT_NOISE, ENCODINGS, L16, PCMA, PCMU, TELEPHONE_EVENT, UNSUPPORTED
from streams.audio import RATE
from streams.sip.sdp import AudioFormat
from streams.tap.settings import TapSettings

UNKNOWN_RATE: Final = 0


class Codec(NamedTuple):
    """An encoding (number in ``ENCODINGS``) and its RTP clock in Hz; 0: not known."""

    encoding: int
    rate: int


_BY_NAME: Final = {
    "pcmu": PCMU,
    "pcma": PCMA,
    "l16": L16,
    "cn": COMFORT_NOISE,
    "telephone-event": TELEPHONE_EVENT,
}
# RFC 3551 tables 4 and 5; 19 was comfort noise in drafts of RFC 3389 and still is in old devices
_STATIC: Final = {
    0: Codec(PCMU, RATE),
    8: Codec(PCMA, RATE),
    13: Codec(COMFORT_NOISE, RATE),
    19: Codec(COMFORT_NOISE, RATE),
    **{payload_type: Codec(UNSUPPORTED, RATE) for payload_type in (1, 2, 3, 4, 5, 7, 9, 12, 15, 18)},
}


def codec_of(payload_type: int, formats: Mapping[int, AudioFormat], settings: TapSettings) -> Codec:
    """Codec of a payload type: as set, else as SDP says, else as RFC 3551 assigns, else an unsupported one."""
    if payload_type in settings.payload_types:
        return Codec(ENCODINGS.index(settings.payload_types[payload_type]), RATE)
    described = formats.get(payload_type)
    if described is not None:
        return _described(described)
    if payload_type in _STATIC:
        return _STATIC[payload_type]
    if payload_type == settings.telephone_event_payload_type:
        return Codec(TELEPHONE_EVENT, RATE)
    return Codec(UNSUPPORTED, UNKNOWN_RATE)


def is_plausible(payload_type: int, settings: TapSettings) -> bool:
    """Whether audio may have this payload type without SDP: assigned to audio, dynamic, or set."""
    return payload_type < 20 or payload_type >= 96 or payload_type in settings.payload_types


def _described(audio: AudioFormat) -> Codec:
    encoding = _BY_NAME.get(audio.name, UNSUPPORTED)
    if encoding == TELEPHONE_EVENT and audio.rate:
        return Codec(TELEPHONE_EVENT, audio.rate)
    if audio.rate != RATE or audio.channels != 1:
        return Codec(UNSUPPORTED, audio.rate)
    return Codec(encoding, RATE)
