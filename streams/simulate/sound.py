"""What the two sides of a simulated call are heard to send, before it is packed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.g711 import Law
from features.levels import frame_levels_dbfs
from models.channel.laws import encode
from models.channel.line import mix
from models.sounds import tones
from models.sounds.noise import noise
from models.sounds.silence import dead_air, digital_silence, idle_codes
from models.sounds.speech import conversation, sentence, speak
from streams.audio import RATE
from streams.simulate.keypad import Key, dialled, pressed
from streams.simulate.message import heard
from streams.simulate.plan import PlannedCall

_TALKING_DBFS: Final = -50.0  # a packet louder than this is sent when silence is suppressed
_HANGOVER_S: Final = 0.2  # and so long after it
_LEAK_MS: Final = 40  # of a key's sound, until a gateway has recognised it
_PROMPT_VOICES: Final = ("en-gb+f3", "en-us+f2", "de+f3", "fr+f4")


@dataclass(frozen=True, slots=True)
class Sound:
    """Audio of one side for a whole call.

    ``sent`` has one item for each packet time: whether audio is sent, or comfort noise of ``noise_dbov`` below
    overload. ``keys`` are the digits sent as RFC 4733 events in place of audio, but for the first ``leak`` packet times
    of each, which are still audio; where ``doubled``, audio goes on beside the events. ``codes``, where given, is what
    a law's codec sends instead of the coded ``pcm``.
    """

    pcm: NDArray[np.int16]
    sent: NDArray[np.bool_]
    noise_dbov: int = 70
    keys: list[Key] = field(default_factory=list)
    leak: int = 0
    doubled: bool = False
    codes: dict[Law, NDArray[np.uint8]] = field(default_factory=dict)

    def coded(self, law: Law) -> bytes:
        """All the audio's codes, one byte a sample."""
        return (self.codes[law] if law in self.codes else encode(self.pcm, law)).tobytes()


def caller_sound(seed: int, call: PlannedCall) -> Sound:
    """What the caller sends."""
    rng = np.random.default_rng([seed, 10, call.index])
    n = call.packets * call.packet_samples
    everything = np.ones(call.packets, dtype=np.bool_)
    if call.kind == "idle_codes":
        codes: dict[Law, NDArray[np.uint8]] = {call.law: idle_codes(rng, n, call.law)}
        return Sound(digital_silence(n), everything, codes=codes)
    if call.kind == "comfort_noise":
        level = int(rng.integers(58, 76))
        nobody = np.zeros(call.packets, dtype=np.bool_)
        return Sound(noise(rng, n, -float(level), "white"), _suppressed(nobody, call), noise_dbov=level)
    if call.kind in ("dtmf", "speech_dtmf"):
        return _with_keys(rng, call, n, everything)
    pcm = heard(seed, call.hearing, n, rng) if call.hearing else _SOUNDS[call.kind](rng, n, call.variant)
    if not call.dtx:
        return Sound(pcm, everything)
    talking = frame_levels_dbfs(pcm, frame=call.packet_samples) > _TALKING_DBFS
    return Sound(pcm, _suppressed(talking, call))


def callee_sound(seed: int, call: PlannedCall) -> Sound:
    """What the callee sends: the quiet of a room, or a spoken prompt; with early media a ring-back tone first."""
    rng = np.random.default_rng([seed, 11, call.index])
    n = call.packets * call.packet_samples
    pcm = noise(rng, n, float(rng.uniform(-70.0, -60.0)), "pink")
    if call.callee_media == "prompt":
        voice = str(rng.choice(_PROMPT_VOICES))
        said = speak(sentence(rng, voice.split("+", maxsplit=1)[0]), voice=voice, rng=rng)[:n]
        pcm[: said.size] = mix(said, pcm[: said.size])
    if call.early_media:
        ringing = min((call.answer_us - call.ringing_us) * RATE // 1_000_000, n)
        pcm[:ringing] = tones.ringback(ringing, "de")
    return Sound(pcm, np.ones(call.packets, dtype=np.bool_))


def _line(rng: np.random.Generator, n: int) -> NDArray[np.int16]:
    """The faint noise of a line on which a machine signals."""
    return noise(rng, n, float(rng.uniform(-75.0, -65.0)), "white")


def _speech(rng: np.random.Generator, n: int, _variant: str) -> NDArray[np.int16]:
    return conversation(rng, n / RATE)


def _noise(rng: np.random.Generator, n: int, kind: str) -> NDArray[np.int16]:
    return noise(rng, n, float(rng.uniform(-45.0, -25.0)), kind)


def _busy(rng: np.random.Generator, n: int, country: str) -> NDArray[np.int16]:
    level, offset = float(rng.uniform(-22.0, -10.0)), float(rng.uniform(0.0, 1.0))
    return mix(tones.busy(n, country, level_dbm0=level, offset_s=offset), _line(rng, n))


def _ringback(rng: np.random.Generator, n: int, country: str) -> NDArray[np.int16]:
    level, offset = float(rng.uniform(-24.0, -12.0)), float(rng.uniform(0.0, 0.3))
    return mix(tones.ringback(n, country, level_dbm0=level, offset_s=offset), _line(rng, n))


def _fax(rng: np.random.Generator, n: int, variant: str) -> NDArray[np.int16]:
    """Play a fax: the calling tone again and again, or the answer tone and then a control frame every three seconds."""
    level = float(rng.uniform(-20.0, -8.0))
    if variant == "cng":
        return mix(tones.cng(n, level_dbm0=level, offset_s=float(rng.uniform(2.0, 3.4))), _line(rng, n))
    answer = tones.ced(round(RATE * float(rng.uniform(2.6, 4.0))), level_dbm0=level)
    flags = tones.v21_preamble(round(1.6 * RATE), level_dbm0=level)
    out = digital_silence(n)
    at = round(RATE * float(rng.uniform(0.2, 0.6)))
    for piece, pause_s in ((answer, 0.075), *[(flags, 3.0)] * (n // RATE)):
        part = piece[: max(n - at, 0)]
        out[at : at + part.size] = part
        at += piece.size + round(pause_s * RATE)
    return mix(out, _line(rng, n))


_SOUNDS: Final[dict[str, Callable[[np.random.Generator, int, str], NDArray[np.int16]]]] = {
    "speech": _speech,
    "decoy": _speech,
    "dead_air": lambda rng, n, _variant: dead_air(rng, n),
    "digital_silence": lambda _rng, n, _variant: digital_silence(n),
    "noise": _noise,
    "busy": _busy,
    "ringback": _ringback,
    "fax": _fax,
}


def _with_keys(rng: np.random.Generator, call: PlannedCall, n: int, everything: NDArray[np.bool_]) -> Sound:
    """Digits on a quiet line all the time, or a few in the middle of speech; sent as the variant says."""
    if call.kind == "dtmf":
        pcm, keys = _line(rng, n), dialled(rng, call.packets, call.packet_ms)
    else:
        pcm = conversation(rng, n / RATE)
        first = call.packets * 2 // 5
        keys = dialled(rng, call.packets, call.packet_ms, first=first, most=int(rng.integers(4, 7)))
        if keys:  # who dials does not speak
            margin = round(0.2 * RATE)
            start, end = keys[0].start * call.packet_samples, (keys[-1].start + keys[-1].length) * call.packet_samples
            pcm[start - margin : end + margin] = _line(rng, n)[start - margin : end + margin]
    if call.variant == "rfc4733":
        return Sound(pcm, everything, keys=keys)
    pcm = pressed(rng, pcm, keys, call.packet_samples)
    if call.variant == "inband":
        return Sound(pcm, everything)
    leak = max(_LEAK_MS // call.packet_ms, 1) if call.variant == "leaked" else 0
    return Sound(pcm, everything, keys=keys, leak=leak, doubled=call.variant == "both")


def _suppressed(talking: NDArray[np.bool_], call: PlannedCall) -> NDArray[np.bool_]:
    """Tell in which packet times a sender that suppresses silence sends: while somebody talks, and the hangover after.

    It starts with a hangover, and sends the last packet: comfort noise alone does not tell how long it lasted.
    """
    hangover = max(round(_HANGOVER_S * 1000 / call.packet_ms), 1)
    heard = np.concatenate([[1], talking]).astype(np.int64)
    sent = np.convolve(heard, np.ones(hangover + 1, dtype=np.int64))[1 : talking.size + 1] > 0
    sent[-1] = True
    return np.asarray(sent, dtype=np.bool_)
