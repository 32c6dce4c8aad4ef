"""Known calls and unknown ones, from recordings, prompts, synthetic voices and music of one half."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bench.heard.corpora import Places, Recording, find, read
from bench.heard.halves import FIRST_REPORTED_SEED, Half
from bench.replay.distortions.kind import Company
from bench.replay.groups import enrolled, group, one_of_each
from bench.replay.messages import LONGEST_S, SHORTEST_S, joined, made
from bench.replay.takes import takes
from models.channel.laws import LAWS, decode, encode
from models.sounds.scale import RATE
from models.sounds.synthesiser import SynthesiserError
from models.sounds.tones import COUNTRIES, busy, ringback

Pcm = NDArray[np.int16]

ENROLLED: Final = 450
OTHERS_MADE: Final = 200
TUNE_SEED: Final = 100
TRACKS: Final = 28  # of music, known and unknown
MUSIC_FROM_S: Final = 20.0  # of a track, not to begin with its silence
UNKNOWN_MUSIC_S: Final = 60.0
SHORT_CALL_S: Final = 4.0  # clips of five seconds are calls by themselves
_RUNG: Final = 8  # of so many made calls one begins with a ring-back tone, which many calls share
_TALKERS: Final = 80  # for company
PROMPTS: Final = "asterisk-"  # sources whose recordings are prompts of one voice, cut from each other now and then
_QUICK: Final = 12  # calls of each kind in a quick run


@dataclass(frozen=True, slots=True)
class Call:
    """One call's audio as it was heard: after its last leg, G.711.

    ``source`` is the folder or maker, ``kind`` speech, made (a synthetic voice), music, noise or tones; ``from_s`` the
    second at which what is the call's own begins; ``recordings`` how many files are in it.
    """

    name: str
    source: str
    kind: str
    pcm: Pcm
    from_s: float = 0.0
    recordings: int = 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Known calls, by number, and unknown ones; ``missing`` tells what isn't here."""

    half: Half
    seed: int
    enrolled: tuple[Call, ...]
    others: tuple[Call, ...]
    company: Company
    missing: tuple[str, ...] = field(default=())


def corpus(half: Half, places: Places, *, seed: int | None = None, quick: bool = False) -> Corpus:
    """Build the calls of a half; the same arguments and files give the same calls.

    Parameters
    ----------
    half : "tune" or "report"
    places : Places
        Where recordings are looked for.
    seed : int, optional
        Of what is made and joined: by default 100 tunes and 1,000 is reported.
    quick : bool
        A dozen calls of each kind, to see that it runs.

    Raises
    ------
    BenchError
        If a file can't be read as sound.
    ValueError
        If nobody speaks in what is here.
    """
    chosen = seed if seed is not None else TUNE_SEED if half == "tune" else FIRST_REPORTED_SEED
    missing: list[str] = []
    known, unknown = _recorded(half, places, chosen, quick)
    wanted = _QUICK if quick else max(ENROLLED - len(known), 0)
    try:
        known += [_spoken(chosen, number) for number in range(wanted)]
        unknown += [_spoken(chosen, 100_000 + number) for number in range(_QUICK if quick else OTHERS_MADE)]
    except SynthesiserError as why:
        missing.append(str(why))
    company = Company([call.pcm for call in unknown if call.kind in ("speech", "made")][:: _every(unknown)])
    unknown += list(_tones())
    return Corpus(half, chosen, _g711(known), _g711(unknown), company, tuple(missing))


def _every(unknown: Sequence[Call]) -> int:
    return max(sum(call.kind in ("speech", "made") for call in unknown) // _TALKERS, 1)


def _recorded(half: Half, places: Places, seed: int, quick: bool) -> tuple[list[Call], list[Call]]:
    """Calls from files, known and unknown."""
    known: list[Call] = []
    unknown: list[Call] = []
    found = find(places, half)
    for source in dict.fromkeys(recording.source for recording in found):
        own = one_of_each([recording for recording in found if recording.source == source])
        if source.startswith(PROMPTS) and own[0].kind == "speech":
            own = _one_of_each_take(own)
        rng = np.random.default_rng([seed, crc32(source.encode())])
        for is_known, calls in ((True, known), (False, unknown)):
            side = [recording for recording in own if enrolled(group(recording)) is is_known]
            calls.extend(list(_calls(rng, source, side, is_known))[: _QUICK if quick else None])
    return known, unknown


def _one_of_each_take(prompts: Sequence[Recording]) -> list[Recording]:
    """Keep the longest prompt of those that hold the same take."""
    pcms = [read(prompt) for prompt in prompts]
    kept: dict[int, int] = {}
    for place, take in enumerate(takes(pcms).tolist()):
        if take not in kept or pcms[place].size > pcms[kept[take]].size:
            kept[take] = place
    return [prompts[place] for place in kept.values()]


def _calls(rng: np.random.Generator, source: str, side: Sequence[Recording], is_known: bool) -> Iterator[Call]:
    if not side or (is_known and side[0].kind == "noise"):
        return
    if side[0].kind == "music":
        for track in side[:TRACKS]:
            length = LONGEST_S if is_known else UNKNOWN_MUSIC_S
            pcm = read(track, MUSIC_FROM_S + length)[round(MUSIC_FROM_S * RATE) :]
            if pcm.size >= SHORTEST_S * RATE:
                yield Call(track.path.stem, source, "music", pcm)
    elif source.startswith(PROMPTS) or source == "spoken_digits":
        heard = {pcm.tobytes(): (prompt.path.stem, pcm) for prompt in side if (pcm := read(prompt)).any()}
        for names, pcm in joined(rng, list(heard.values())):
            yield Call(" + ".join(names), source, "speech", pcm, recordings=len(names))
    else:
        for recording in side:
            pcm = read(recording)[: round(LONGEST_S * RATE)]
            kind = "noise" if recording.kind == "noise" else "speech"
            if pcm.any() and (pcm.size >= SHORT_CALL_S * RATE or not is_known):
                yield Call(recording.path.stem, source, kind, pcm)


def _spoken(seed: int, number: int) -> Call:
    """Call of a synthetic voice; now and then somebody's telephone rings first."""
    rng = np.random.default_rng([seed, number])
    voice, pcm = made(rng)
    before = 0
    if number % _RUNG == 0:
        before = round(RATE * float(rng.uniform(2.0, 6.0)))
        country = COUNTRIES[number // _RUNG % len(COUNTRIES)]
        pcm = np.concatenate([ringback(before, country, offset_s=float(rng.uniform(0.0, 3.0))), pcm])
        pcm = pcm[: round(LONGEST_S * RATE)]
    return Call(f"{voice} {number}", "made", "made", pcm, before / RATE, recordings=0)


def _tones() -> Iterator[Call]:
    """Tones that many calls share."""
    for country in COUNTRIES:
        for name, tone in (("ringback", ringback), ("busy", busy)):
            yield Call(
                f"{name} {country}", "tones", "tones", tone(round(UNKNOWN_MUSIC_S * RATE), country), recordings=0
            )


def _g711(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Send calls over their last leg, in turn A-law and mu-law."""
    out = []
    for place, call in enumerate(calls):
        law = LAWS[place % len(LAWS)]
        pcm = decode(encode(call.pcm, law), law)
        out.append(Call(call.name, call.source, call.kind, pcm, call.from_s, call.recordings))
    return tuple(out)


def places(data: Path | None) -> Places:
    """Where recordings are looked for, beside one's own folder."""
    return Places(data=data)
