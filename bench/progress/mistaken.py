"""What is heard as a tone where there is none: recordings of speech, music and noise at six speeds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.heard.corpora import Recording, read
from bench.heard.rates import poisson_interval
from bench.heard.speeds import SPEEDS, at_speed
from bench.progress.ears import CHUNK, LEAD_IN
from bench.progress.sounds import RATE
from features.tones import ToneDetector, detect_tones

Pcm = NDArray[np.int16]
_PAUSE: Final = np.zeros(RATE // 2, np.int16)  # between recordings, not counted
_MOST_EXAMPLES: Final = 40  # of each name and way


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A tone heard by ours, and where to listen: seconds into the recording at that speed."""

    way: str
    symbol: str
    source: str
    recording: str
    speed: float
    start_s: float
    duration_s: float


class Listened(msgspec.Struct, frozen=True, kw_only=True):
    """What one way named in the recordings of one source at one speed."""

    kind: str
    source: str
    speed: float
    way: str
    seconds: float
    named: dict[str, int]


class Mistaken(msgspec.Struct, frozen=True, kw_only=True):
    """Everything named where there was no tone."""

    listened: list[Listened]
    examples: list[Example]


class Ear(Protocol):
    """Listens to a stream piece by piece; symbol, and start and duration in seconds since the piece before ended."""

    def hear(self, pcm: Pcm) -> Sequence[tuple[str, float, float]]:
        """Tones that were reported while these samples were heard."""
        ...


class Stream:
    """One detector from the first sample to the last."""

    def __init__(self) -> None:
        self._detector, self._fed = ToneDetector(), 0

    def hear(self, pcm: Pcm) -> list[tuple[str, float, float]]:
        """See `Ear`."""
        before, self._fed = self._fed, self._fed + pcm.size
        tones = [
            tone for begin in range(0, pcm.size, CHUNK) for tone in self._detector.feed(pcm[begin : begin + CHUNK])
        ]
        return [(t.symbol, t.start_s - before / RATE, t.duration_s) for t in tones]


class Chunks:
    """Chunk by chunk as the product listens; a tone counts where it is new."""

    def __init__(self) -> None:
        self._kept, self._lead_in = np.zeros(0, np.int16), 0

    def hear(self, pcm: Pcm) -> list[tuple[str, float, float]]:
        """See `Ear`."""
        whole = np.concatenate([self._kept, pcm])
        found, begin, offset = [], self._lead_in, pcm.size - whole.size
        while begin + CHUNK <= whole.size:
            lead_in = min(begin, LEAD_IN)
            tones = detect_tones(whole[begin - lead_in : begin + CHUNK], lead_in)
            found += [(t.symbol, (begin + offset) / RATE + t.start_s, t.duration_s) for t in tones if not t.continued]
            begin += CHUNK
        self._lead_in = min(begin, LEAD_IN)
        self._kept = whole[begin - self._lead_in :].copy()
        return found


class Other:
    """A receiver that tells names only, each recording a stream of its own."""

    def __init__(self, hear: Callable[[Pcm], Sequence[str]]) -> None:
        self._hear = hear

    def hear(self, pcm: Pcm) -> list[tuple[str, float, float]]:
        """See `Ear`."""
        return [(name, 0.0, 0.0) for name in self._hear(pcm)]


def listen(
    recordings: Sequence[Recording],
    ears: Mapping[str, Callable[[], Ear]],
    speeds: Sequence[float] = SPEEDS,
    examples_of: Sequence[str] = (),
) -> Mistaken:
    """Play recordings of one source to everybody, at each speed as one stream.

    Parameters
    ----------
    recordings : sequence of Recording
    ears : mapping of str to callable
        Name to what makes a new listener for one stream.
    speeds : sequence of float
    examples_of : sequence of str
        Whose tones are kept one by one.
    """
    streams = {(speed, way): new() for speed in speeds for way, new in ears.items()}
    seconds = dict.fromkeys(speeds, 0.0)
    named = {key: Counter[str]() for key in streams}
    examples: list[Example] = []
    for recording, speed, pcm in _played(recordings, speeds):
        seconds[speed] += pcm.size / RATE
        for way in ears:
            heard = streams[speed, way].hear(np.concatenate([pcm, _PAUSE]))
            named[speed, way].update(symbol for symbol, _, _ in heard)
            if way in examples_of:
                examples += [_example(way, recording, speed, one) for one in heard]
    kind, source = recordings[0].kind, recordings[0].source
    listened = [
        Listened(kind=kind, source=source, speed=speed, way=way, seconds=seconds[speed], named=dict(names))
        for (speed, way), names in named.items()
    ]
    return Mistaken(listened=listened, examples=examples)


def gathered(parts: Iterable[Mistaken]) -> Mistaken:
    """Add up what was named in parts of a source; of examples the first ones of each name stay."""
    seconds: dict[tuple[str, str, float, str], float] = {}
    named: dict[tuple[str, str, float, str], Counter[str]] = {}
    kept: Counter[tuple[str, str]] = Counter()
    examples: list[Example] = []
    for part in parts:
        for one in part.listened:
            key = (one.kind, one.source, one.speed, one.way)
            seconds[key] = seconds.get(key, 0.0) + one.seconds
            named.setdefault(key, Counter()).update(one.named)
        for example in part.examples:
            kept[example.way, example.symbol] += 1
            if kept[example.way, example.symbol] <= _MOST_EXAMPLES:
                examples.append(example)
    return Mistaken(
        listened=[
            Listened(kind=k, source=s, speed=v, way=w, seconds=seconds[k, s, v, w], named=dict(sorted(names.items())))
            for (k, s, v, w), names in named.items()
        ],
        examples=examples,
    )


def _played(recordings: Sequence[Recording], speeds: Sequence[float]) -> Iterator[tuple[Recording, float, Pcm]]:
    for recording in recordings:
        pcm = read(recording)
        for speed in speeds:
            yield recording, speed, at_speed(pcm, speed)


def _example(way: str, recording: Recording, speed: float, heard: tuple[str, float, float]) -> Example:
    symbol, start, duration = heard
    return Example(
        way=way,
        symbol=symbol,
        source=recording.source,
        recording=recording.path.name,
        speed=speed,
        start_s=round(start, 2),
        duration_s=round(duration, 2),
    )


class Rate(msgspec.Struct, frozen=True):
    """Events in some hours."""

    events: int
    hours: float

    @property
    def value(self) -> float:
        """Per hour; NaN of no time."""
        return self.events / self.hours if self.hours else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, per hour."""
        return poisson_interval(self.events, self.hours) if self.hours else (0.0, float("inf"))


def rate(listened: Sequence[Listened], kind: str, way: str, symbols: Sequence[str], source: str | None = None) -> Rate:
    """How often one of some symbols was named per hour of a kind of recording, or of one source of it."""
    here = [one for one in listened if one.kind == kind and one.way == way and source in (None, one.source)]
    events = sum(count for one in here for symbol, count in one.named.items() if symbol in symbols)
    return Rate(events, sum(one.seconds for one in here) / 3600)
