"""A robocall campaign among other calls, as records of call.chunks, sent at the pace of life. Not a test."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from confluent_kafka import Producer
from numpy.typing import NDArray
from pipeline_world import PARTITIONS
from scipy.signal import resample

from features.g711 import Law
from models.channel.codecs import through
from models.channel.laws import decode, encode
from models.sounds import speech
from schemas.codec import Codec
from schemas.ids import partition_of, stream_id
from schemas.records import Chunk, ChunkHead, Facts, NumberHash, Run
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES, RATE
from streams.settings import Settings
from streams.topics import CHUNKS

Pcm = NDArray[np.int16]

CHUNK_S: Final = CHUNK_SAMPLES / RATE
CALL_CHUNKS: Final = 5  # of audio, ten seconds; an empty last one follows
MESSAGE: Final = (
    "This is the final notice about your vehicle. Its warranty has run out, and our records show that you have not "
    "renewed it. To speak to a specialist press one now, or press nine and you will not be called again."
)
ONSETS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "pr", "tr", "bl")
VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ea", "oo")
GRAIN: Final = 400  # samples, 50 ms: what a change of tempo moves about


@dataclass(frozen=True, slots=True)
class TrafficCall:
    """One caller's side of a call: whose, when it begins, and its coded audio."""

    call_id: str
    caller: str
    begins_s: float
    law: Law
    codes: bytes
    campaign: bool

    @property
    def ends_s(self) -> float:
        """When the last chunk of audio is over."""
        return self.over_s(CALL_CHUNKS)

    def over_s(self, number: int) -> float:
        """When a chunk is over; the last one, without audio, when the call is."""
        return self.begins_s + CHUNK_S * min(number + 1, CALL_CHUNKS)

    def chunk(self, number: int, begun_ms: int) -> Chunk:
        """A chunk of a traffic that begins at some moment (ms since 1970)."""
        opened_ms, over_ms = (begun_ms + round(1000 * s) for s in (self.begins_s, self.over_s(number)))
        last = number == CALL_CHUNKS
        head = ChunkHead(
            stream_id=stream_id(self.call_id, "caller", 1, "test", 1, 0),
            call_id=self.call_id,
            ssrc=1,
            anchor=0,
            tap_epoch=1,
            chunk=number,
            facts=Facts(
                direction="caller",
                opened_ms=opened_ms,
                tap_id="test",
                key_id="test",
                caller=NumberHash(number=self.caller),
            ),
            coverage=0.0 if last else 1.0,
            received=0 if last else 100,
            lost=0,
            jitter_ms=0.0,
            close_reason="end" if last else "complete",
            last=last,
            captured_ms=over_ms,
            tapped_ms=over_ms,
            closed_ms=over_ms,
        )
        start = number * CHUNK_SAMPLES
        lead_in = self._runs(self.codes[max(0, start - LEAD_IN_SAMPLES) : start], -LEAD_IN_SAMPLES)
        return Chunk(head=head, runs=self._runs(self.codes[start : start + CHUNK_SAMPLES], 0), lead_in=lead_in)

    def _runs(self, data: bytes, start: int) -> list[Run]:
        return [Run(start=start, length=len(data), encoding=self.law, data=data)] if data else []


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls in the order in which they begin."""

    calls: list[TrafficCall]

    def listed(self, least_calls: int) -> set[str]:
        """Callers who played the campaign's message in so many calls."""
        played = Counter(call.caller for call in self.calls if call.campaign)
        return {caller for caller, count in played.items() if count >= least_calls}

    def first_due_s(self, least_calls: int) -> float:
        """When the first caller has played the message so many times."""
        ends: dict[str, list[float]] = {}
        for call in self.calls:
            if call.campaign:
                ends.setdefault(call.caller, []).append(call.ends_s)
        return min(sorted(times)[least_calls - 1] for times in ends.values() if len(times) >= least_calls)


def make_traffic(seed: int, *, campaign_calls: int, callers: int, others: int, over_s: float) -> Traffic:
    """Calls spread evenly, at random, over some time.

    A tenth of the campaign's callers call twice only; the other calls each have a caller of their own.
    """
    rng = np.random.default_rng(seed)
    message = speech.speak(MESSAGE, voice="en-us", rate=175)
    shy = callers // 10
    numbers = [n for n in range(shy) for _ in range(2)]
    numbers += [shy + n % (callers - shy) for n in range(campaign_calls - len(numbers))]
    told = [f"robot-{n}" for n in numbers] + [""] * others
    rng.shuffle(told)
    begins = np.sort(rng.uniform(0.0, over_s, len(told)))
    calls = []
    for index, (caller, begins_s) in enumerate(zip(told, begins.tolist(), strict=True)):
        law: Law = "pcmu" if rng.random() < 0.5 else "pcma"
        length = CALL_CHUNKS * CHUNK_SAMPLES
        pcm = distorted(rng, message) if caller else _somebody(rng)
        codes = encode(np.resize(np.pad(pcm, (0, max(0, length - len(pcm)))), length), law).tobytes()
        calls.append(
            TrafficCall(f"{index:032x}", caller or f"other-{index}", begins_s, law, codes, campaign=bool(caller))
        )
    return Traffic(calls)


def _somebody(rng: np.random.Generator) -> Pcm:
    """A person's side of a call: words that nobody else says, for of a synthetic voice a phrase is a recording."""
    words = [
        "".join(ONSETS[on] + VOWELS[vowel] for on, vowel in rng.integers(0, (len(ONSETS), len(VOWELS)), (3, 2)))
        for _ in range(24)
    ]
    voice = str(rng.choice(speech.VOICES))
    pitch, rate = int(rng.integers(25, 76)), int(rng.integers(140, 211))
    return speech.speak(" ".join(words), voice=voice, pitch=pitch, rate=rate, rng=rng)


def distorted(rng: np.random.Generator, message: Pcm) -> Pcm:
    """The message as one call plays it: cut at its begin, at another speed or pace, through codecs, noisy, quieter."""
    pcm = message[int(rng.integers(0, 2 * RATE)) :].astype(np.float64)
    factor = float(rng.uniform(0.96, 1.04))
    match rng.integers(0, 4):
        case 0:
            pcm = _faster(pcm, factor)
        case 1:
            pcm = _stretched(pcm, factor)
        case 2:
            pcm = _stretched(_faster(pcm, factor), 1 / factor)
    pcm *= 10 ** (rng.uniform(-12.0, 3.0) / 20)
    if rng.random() < 0.5:
        pcm += rng.standard_normal(len(pcm)) * np.sqrt(np.mean(pcm**2)) * 10 ** (-15 / 20)
    heard = np.clip(np.rint(pcm), -32768, 32767).astype(np.int16)
    match rng.integers(0, 3):
        case 0:
            heard = through(heard, "gsm")
        case 1:
            heard = decode(encode(heard, "pcma"), "pcma")
    return heard


def _faster(pcm: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Pitch and pace changed together."""
    return np.asarray(resample(pcm, round(len(pcm) / factor)), np.float64)


def _stretched(pcm: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Pace changed alone: grains, each laid where it goes on best with what is there (WSOLA)."""
    half, reach = GRAIN // 2, GRAIN // 4
    window = np.hanning(GRAIN)
    out = np.zeros(int(len(pcm) / factor) + 2 * GRAIN)
    follows = pcm[:GRAIN]
    for at in range(0, len(out) - 2 * GRAIN, half):
        wanted = round(at * factor)
        low = max(0, wanted - reach)
        around = pcm[low : wanted + reach + GRAIN]
        if len(around) < GRAIN or len(follows) < GRAIN:
            break
        best = low + int(np.argmax(np.correlate(around, follows, "valid")))
        out[at : at + GRAIN] += window * pcm[best : best + GRAIN]
        follows = pcm[best + half : best + half + GRAIN]
    return out[: int(len(pcm) / factor)]


class Talking(threading.Thread):
    """Sends the chunks of a traffic when each is over, as the window role would."""

    def __init__(self, settings: Settings, traffic: Traffic) -> None:
        super().__init__(daemon=True)
        self.begun_ms = 0
        self._error: BaseException | None = None
        self._calls: Sequence[TrafficCall] = traffic.calls
        self._topic = settings.prefix + CHUNKS
        self._producer = Producer(settings.client() | {"linger.ms": 5, "log_level": 0})

    def run(self) -> None:
        try:
            codec, begun = Codec(), time.time()
            self.begun_ms = round(1000 * begun)
            due = [
                (call.over_s(number), place, number)
                for place, call in enumerate(self._calls)
                for number in range(CALL_CHUNKS + 1)
            ]
            for over_s, at, number in sorted(due):
                time.sleep(max(0.0, begun + over_s - time.time()))
                call_id = self._calls[at].call_id
                chunk = self._calls[at].chunk(number, self.begun_ms)
                place = partition_of(call_id, PARTITIONS)
                self._producer.produce(self._topic, codec.encode(chunk, CHUNKS), call_id.encode(), place)
                self._producer.poll(0)
            if self._producer.flush(30):
                raise TimeoutError("Kafka does not take the chunks")
        except BaseException as error:
            self._error = error

    def finish(self) -> None:
        self.join()
        if self._error is not None:
            raise self._error
