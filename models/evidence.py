"""What is known of one chunk before it is judged. Training and serving both get it here, so they agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from features.bases import top_bases
from features.blocks import BLOCK_NAMES, BLOCKS, describe_blocks
from features.frames import CHUNK, chunk_frames
from features.levels import levels_dbfs, silence_code_share
from features.sound import SOUND_NAMES, describe
from features.spectrum import stft_magnitude
from features.voicing import voicing

CHUNK_SAMPLES: Final = CHUNK
CHUNK_SECONDS: Final = 2.0

# families of the symbols of `features.tones`; ? is a masked digit
_FAMILIES: Final = {
    **dict.fromkeys("0123456789*#ABCD?", "dtmf"),
    # ANSam is of fax machines (ITU-T V.34) and of modems (V.8); the fax machines are the more by far
    **dict.fromkeys(("cng", "ced", "v21", "ansam", "ansam_pr"), "fax"),
    **dict.fromkeys(("busy", "reorder"), "busy"),
    **dict.fromkeys(("ans_pr", "modem"), "modem"),
    "ringback": "ringback",
    "sit": "sit",
    "dial": "dial",
    "beep": "beep",
    "test": "test",
}
FAMILIES: Final[tuple[str, ...]] = ("dtmf", "busy", "ringback", "fax", "sit", "dial", "tone")  # columns of the model
# Families besides that a rule decides alone, or that say nothing of what the chunk is.
ALL_FAMILIES: Final[tuple[str, ...]] = (*FAMILIES, "modem", "beep", "test")


class SoundedTone(Protocol):
    """A tone heard: any object with these three, such as `features.tones.Tone`."""

    @property
    def symbol(self) -> str:
        """Digit or name."""
        ...

    @property
    def start_s(self) -> float:
        """Seconds from the chunk's first sample; negative in the lead-in."""
        ...

    @property
    def duration_s(self) -> float:
        """Seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one chunk, all of it from its audio (and telephone events).

    Attributes
    ----------
    bases : ndarray of float32, shape (3, bins)
        Top left singular vectors of the magnitude spectrum (`features.bases.top_bases`).
    singular_values : ndarray of float32, shape (3,)
    rms_dbfs, peak_dbfs, loudest_frame_dbfs, quietest_frame_dbfs : float
        Levels of the received samples, dBFS, -120 to 0.
    silence_code_share : float
        Share of the received samples that are the law's silence codes, 0 to 1.
    comfort_noise_share : float
        Share of the chunk's 16,000 samples that are RFC 3389 comfort noise, 0 to 1.
    coverage : float
        Share of the chunk's 16,000 samples received, comfort noise among them, 0 to 1.
    tone_shares : mapping of str to float
        Family of tones (`ALL_FAMILIES`) to the share of the chunk's time they sound, 0 to 1; absent is 0.
    tone_blocks : ndarray of float32, shape (10, len(ALL_FAMILIES))
        Share of each block's time that each family sounds, 0 to 1.
    sound : ndarray of float32, shape (len(features.sound.SOUND_NAMES),)
        The chunk's sound in numbers; all 0 where it was not measured.
    blocks : ndarray of float32, shape (10, len(features.blocks.BLOCK_NAMES))
        Each 200 ms in numbers; all 0 where it was not measured.
    """

    bases: NDArray[np.float32]
    singular_values: NDArray[np.float32]
    rms_dbfs: float
    peak_dbfs: float
    loudest_frame_dbfs: float
    quietest_frame_dbfs: float
    silence_code_share: float
    comfort_noise_share: float
    coverage: float
    tone_shares: Mapping[str, float] = field(default_factory=dict)
    tone_blocks: NDArray[np.float32] = field(default_factory=lambda: tone_blocks(()))
    sound: NDArray[np.float32] = field(default_factory=lambda: np.zeros(len(SOUND_NAMES), np.float32))
    blocks: NDArray[np.float32] = field(default_factory=lambda: np.zeros((BLOCKS, len(BLOCK_NAMES)), np.float32))


def evidence_from_pcm(
    pcm: NDArray[np.int16],
    codes: NDArray[np.uint8] | None,
    law: str | None,
    *,
    received: NDArray[np.bool_] | None = None,
    comfort_noise_share: float = 0.0,
    tones: Iterable[SoundedTone] = (),
) -> Evidence:
    """Measure one chunk.

    Parameters
    ----------
    pcm : ndarray of int16, shape (n,), n <= 16000
        The chunk without its lead-in, zero where nothing was received. Shorter counts as a chunk of which only the
        beginning was received.
    codes : ndarray of uint8, optional
        The coded samples received, in order.
    law : str, optional
        pcmu or pcma when all codes are of that law. Otherwise silence is judged on samples: exact zeros where there
        are no codes (L16), ±8 and less where laws are mixed.
    received : ndarray of bool, shape (n,), optional
        Which samples came coded; all, when not given.
    comfort_noise_share : float
        Share of the 16,000 samples that is RFC 3389 comfort noise, 0 to 1.
    tones : iterable of SoundedTone
        Tones of this chunk, telephone events among them.

    Returns
    -------
    Evidence
        Finite throughout.

    Raises
    ------
    ValueError
        When the audio is longer than a chunk (or of another rate) or not one-dimensional, or the mask isn't as long.
    TypeError
        When it isn't int16.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"expected int16 audio, not {pcm.dtype}")
    if pcm.ndim != 1 or pcm.size > CHUNK_SAMPLES:
        raise ValueError(f"a chunk has at most {CHUNK_SAMPLES} samples in one dimension, not shape {pcm.shape}")
    if received is not None and received.shape != pcm.shape:
        raise ValueError(f"the mask has {received.size} places for {pcm.size} samples")
    heard = pcm if received is None or received.all() else pcm[received]
    tones = tuple(tones)
    samples, came = np.zeros(CHUNK_SAMPLES, np.float32), np.zeros(CHUNK_SAMPLES, np.bool_)
    samples[: pcm.size] = pcm
    samples *= np.float32(1.0 / 32768.0)
    came[: pcm.size] = True if received is None else received
    magnitude = stft_magnitude(samples)
    frames = chunk_frames(samples, came, magnitude)
    strength, pitch_hz = voicing(frames.samples)
    blocks = describe_blocks(frames, strength)
    # a window that reaches into a gap shows the gap's edge, not the sound
    gaps = not frames.whole.all() and frames.whole.any()
    bases, values = top_bases(magnitude[:, frames.whole] if gaps else magnitude)
    levels = levels_dbfs(heard)
    return Evidence(
        bases=bases,
        singular_values=values,
        rms_dbfs=levels.rms,
        peak_dbfs=levels.peak,
        loudest_frame_dbfs=levels.loudest_frame,
        quietest_frame_dbfs=levels.quietest_frame,
        silence_code_share=_silence_share(heard, codes, law),
        comfort_noise_share=float(min(max(comfort_noise_share, 0.0), 1.0)),
        coverage=min(heard.size / CHUNK_SAMPLES + max(comfort_noise_share, 0.0), 1.0),
        tone_shares=tone_shares(tones),
        tone_blocks=tone_blocks(tones),
        sound=describe(frames, strength, pitch_hz, blocks),
        blocks=blocks,
    )


def family_of(symbol: str) -> str:
    """Family of a tone's symbol, one of `ALL_FAMILIES`; "tone" for a name that none knows."""
    return _FAMILIES.get(symbol, "tone")


def tone_shares(tones: Iterable[SoundedTone]) -> dict[str, float]:
    """Share of a chunk's two seconds in which each family of tones sounds.

    Parameters
    ----------
    tones : iterable of SoundedTone
        Overlapping tones of a family count once; what lies outside the chunk doesn't count. Names that no family
        knows are the family "tone".

    Returns
    -------
    dict of str to float
        Only families that sound, 0 < share <= 1.
    """
    return {family: _union(found) / CHUNK_SECONDS for family, found in _spans(tones).items()}


def tone_blocks(tones: Iterable[SoundedTone]) -> NDArray[np.float32]:
    """Share of each block of 200 ms in which each family of tones sounds.

    Parameters
    ----------
    tones : iterable of SoundedTone
        As for `tone_shares`.

    Returns
    -------
    ndarray of float32, shape (10, len(ALL_FAMILIES))
        0 to 1.
    """
    shares = np.zeros((BLOCKS, len(ALL_FAMILIES)), dtype=np.float32)
    length = CHUNK_SECONDS / BLOCKS
    for family, spans in _spans(tones).items():
        for block in range(BLOCKS):
            begin, end = block * length, (block + 1) * length
            inside = [(max(b, begin), min(e, end)) for b, e in spans if b < end and e > begin]
            shares[block, ALL_FAMILIES.index(family)] = min(_union(inside) / length, 1.0)
    return shares


def _spans(tones: Iterable[SoundedTone]) -> dict[str, list[tuple[float, float]]]:
    spans: dict[str, list[tuple[float, float]]] = {}
    for tone in tones:
        begin, end = max(tone.start_s, 0.0), min(tone.start_s + tone.duration_s, CHUNK_SECONDS)
        if end > begin:
            spans.setdefault(family_of(tone.symbol), []).append((begin, end))
    return spans


def _union(spans: list[tuple[float, float]]) -> float:
    total, reached = 0.0, 0.0
    for begin, end in sorted(spans):
        total += max(end - max(begin, reached), 0.0)
        reached = max(reached, end)
    return total


def _silence_share(heard: NDArray[np.int16], codes: NDArray[np.uint8] | None, law: str | None) -> float:
    if codes is not None and law == "pcmu":
        return silence_code_share(codes, "pcmu")
    if codes is not None and law == "pcma":
        return silence_code_share(codes, "pcma")
    if heard.size == 0:
        return 0.0
    limit = 8 if codes is not None and codes.size else 0
    return int(np.count_nonzero((heard >= -limit) & (heard <= limit))) / heard.size
