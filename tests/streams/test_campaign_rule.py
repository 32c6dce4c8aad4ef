"""A recording that many callers play, from the fingerprint stage to the verdict on a caller never seen before."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
from classify_world import core as classify_core
from numpy.typing import NDArray
from rules_world import head

from features.g711 import encode_pcmu
from models.sounds.music import hold_music
from schemas.ids import list_key
from schemas.records import Chunk, Facts, Features, ListEntry, NumberHash, Run, Verdict
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES
from streams.fingerprint import FingerprintCore
from streams.lists import ListView
from streams.lists.recordings import SharedRecording
from streams.lists.rules import Rules
from streams.runtime.acker import PartitionAcker
from streams.store import Store, open_store
from streams.store.migrations import migrate

speech = pytest.importorskip("models.sounds.speech", reason="there are no voices")

Pcm = NDArray[np.int16]
NOW_MS = 1_700_000_000_000
RULES = msgspec.structs.replace(
    Rules.load(), shared_recording=SharedRecording(version=3, callers=3, calls=4, chunks=6, expires_days=7)
)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    pytest.importorskip("chdb", reason="chdb is not installed")
    opened = open_store("chdb://")
    migrate(opened)
    yield opened
    opened.close()


WORDS = tuple(
    """account agent appointment bank birthday bonus bridge business camera castle claim company contract corner
    customer delivery discount doctor electric energy engine family fifteen garden grocery holiday hospital insurance
    invoice january kitchen letter licence lottery machine market monthly mortgage mountain neighbour""".split()  # noqa: SIM905
)


@pytest.fixture
def message(request: pytest.FixtureRequest) -> Pcm:
    """Sixteen words in an order that only one test has."""
    rng = random.Random(request.node.name)
    said: Pcm = speech.speak(" ".join(rng.sample(WORDS, 16)), voice=rng.choice(("en-us", "en-gb+m3", "en-us+f2")))
    return said[: 4 * CHUNK_SAMPLES]


class World:
    """The stage with its lists, a clock, and calls that play a message."""

    def __init__(self, store: Store, name: str, rules: Rules = RULES) -> None:
        self.lists = ListView()
        self.now_ms = NOW_MS
        self.name = name
        self.core = FingerprintCore(store, self.lists, rules, clock=lambda: self.now_ms)
        self._offset = 0
        self.calls = 0

    def put(self, entry: ListEntry | None, key: str = "") -> None:
        self.lists.apply(list_key(entry.kind, entry.scope, entry.value) if entry else key, entry, offset=self._offset)
        self._offset += 1

    def play(self, pcm: Pcm, caller: str = "", **facts: Any) -> tuple[list[Features], list[ListEntry]]:
        """A call that plays a message: replay parts as the role sends them, and entries, which go on the lists."""
        self.calls += 1
        chunks = self.chunks(f"{self.name}-{self.calls}", pcm, caller, **facts)
        parts, made = [], []
        for chunk, outcome in zip(chunks, self.core.feed_many(chunks), strict=True):
            made += outcome.entries
            parts.append(Features(head=chunk.head, source_offset=0, features_ms=0, replay=outcome.replay))
        for entry in made:
            self.put(entry)
        return parts, made

    def chunks(self, call: str, pcm: Pcm, caller: str, **facts: Any) -> list[Chunk]:
        opened_ms = NOW_MS + 60_000 * self.calls
        told = Facts(
            direction="caller",
            opened_ms=opened_ms,
            tap_id="tap",
            key_id="new",
            caller=NumberHash(number=caller) if caller else None,
            **facts,
        )
        coded = encode_pcmu(pcm).tobytes()
        made = []
        for number in range(len(pcm) // CHUNK_SAMPLES):
            start = number * CHUNK_SAMPLES
            about = head(call, number, told, opened_ms + 2000 * (number + 1))
            body, before = coded[start : start + CHUNK_SAMPLES], coded[max(0, start - LEAD_IN_SAMPLES) : start]
            lead_in = [Run(start=-len(before), length=len(before), encoding="pcmu", data=before)] if number else []
            runs = [Run(start=0, length=len(body), encoding="pcmu", data=body)]
            made.append(Chunk(head=about, runs=runs, lead_in=lead_in))
        return made

    def verdicts(self, parts: list[Features]) -> list[Verdict]:
        """What classify makes of replay parts, with the lists as they are."""
        judge, found = classify_core(self.lists), []
        for part in parts:
            slot = PartitionAcker().add(lambda: None)
            found += [emission.record for emission in judge.take(part, slot).emissions]
        return [verdict for verdict in found if isinstance(verdict, Verdict)]


def old(caller: str) -> dict[str, Any]:
    return {"old_key_id": "old", "old_caller": NumberHash(number=caller)}


def white(scope: str, value: str) -> ListEntry:
    fields = {"kind": "white", "scope": scope, "value": value, "created_ms": 0, "actor": "person:a", "reason": "r"}
    return msgspec.convert(fields, ListEntry)


def test_a_campaign_acts_on_callers_never_seen_before(store: Store, message: Pcm) -> None:
    world = World(store, "unseen")
    made = [world.play(message, f"c{n}")[1] for n in range(4)]
    assert made[:3] == [[], [], []]
    ((entry,),) = made[3:]
    assert (entry.kind, entry.scope, entry.value) == ("black", "campaign", "unseen-1")
    assert entry.calls == ["unseen-1", "unseen-2", "unseen-3", "unseen-4"]

    parts, _ = world.play(message, "never seen")
    black = [verdict for verdict in world.verdicts(parts) if verdict.cause == "black"]

    assert black
    assert {(v.label, v.action, v.evidence_id) for v in black} == {
        ("recording", "challenge", "black:campaign:unseen-1")
    }
    assert {v.reasons[0] for v in black} == {"black_campaign"}


def test_a_campaign_that_a_person_lists_is_blocked(store: Store, message: Pcm) -> None:
    world = World(store, "by hand")
    world.play(message, "c1")
    world.put(msgspec.structs.replace(white("campaign", "by hand-1"), kind="black"))
    parts, made = world.play(message, "c2")
    assert {v.action for v in world.verdicts(parts) if v.cause == "black"} == {"block"}
    assert made == []


@pytest.mark.parametrize(("scope", "value"), [("campaign", "white campaign-1"), ("caller", "c4"), ("caller", "old-c4")])
def test_what_the_whitelist_names_makes_no_entry_and_is_let_through(
    store: Store, message: Pcm, scope: str, value: str
) -> None:
    world = World(store, f"white {scope if scope == 'campaign' else value}")
    world.put(white(scope, value))
    for n in range(3):
        world.play(message, f"c{n}", **old(f"old-c{n}"))
    for _ in range(5):
        parts, made = world.play(message, "c4", **old("old-c4"))
        assert made == []
        assert any(part.replay and part.replay.campaign for part in parts)
        assert not [v for v in world.verdicts(parts) if v.cause == "black"]


def test_a_campaign_entry_expires_and_is_made_anew_by_what_is_heard_then(store: Store, message: Pcm) -> None:
    world = World(store, "expires")
    for n in range(4):
        world.play(message, f"c{n}")
    key = "black:campaign:expires-1"
    first = world.lists.get(key)
    assert first is not None
    assert first.expires_ms is not None
    world.now_ms = first.expires_ms
    assert world.lists.expired(world.now_ms) == [key]

    _, (again,) = world.play(message, "c9")
    assert again.created_ms == first.created_ms
    assert (again.expires_ms or 0) > first.expires_ms


def test_a_disabled_campaign_stays_off(store: Store, message: Pcm) -> None:
    world = World(store, "disabled")
    for n in range(4):
        world.play(message, f"c{n}")
    entry = world.lists.get("black:campaign:disabled-1")
    assert entry is not None
    world.put(msgspec.structs.replace(entry, state="disabled"))

    parts, made = world.play(message, "c9")
    assert made == []
    assert {v.cause for v in world.verdicts(parts)} == {"replay"}


def test_callers_of_before_and_after_a_rotation_are_counted_once(store: Store, message: Pcm) -> None:
    """Two callers, each heard under the old key, under both, and under the new one alone."""
    world = World(store, "rotation")
    for number in (1, 2):
        world.play(message, f"old-{number}")
        world.play(message, f"new-{number}", **old(f"old-{number}"))
        _, made = world.play(message, f"new-{number}")
    assert [entry for entry in made if entry.scope == "campaign"] == []
    _, made = world.play(message, "new-3")
    assert [entry.value for entry in made if entry.scope == "campaign"] == ["rotation-1"]


def test_the_calls_of_one_caller_across_a_rotation_make_one_entry_under_the_new_key(store: Store, message: Pcm) -> None:
    world = World(store, "caller")
    world.play(message, "old-a")
    world.play(message, "old-a")
    _, made = world.play(message, "new-a", **old("old-a"))

    assert [(e.scope, e.value, e.key_id) for e in made] == [("caller", "new-a", "new")]
    assert made[0].calls == ["caller-1", "caller-2", "caller-3"]


def test_an_entry_under_the_old_key_acts_and_a_disabled_one_stays_off(store: Store, message: Pcm) -> None:
    world = World(store, "old entry")
    listed = msgspec.structs.replace(white("caller", "old-b"), kind="black", key_id="old", state="disabled")
    world.put(listed)
    for _ in range(4):
        _, made = world.play(message, "new-b", **old("old-b"))
        assert [entry for entry in made if entry.scope == "caller"] == []
    world.put(msgspec.structs.replace(listed, state="active"))
    facts = world.chunks("x", message, "new-b", **old("old-b"))[0].head.facts
    hit = world.lists.match(facts, None, world.now_ms)
    assert hit is not None
    assert hit.key == "black:caller:old-b"


def test_the_same_chunks_again_make_the_same_entry(store: Store, message: Pcm) -> None:
    world = World(store, "again")
    for n in range(3):
        world.play(message, f"c{n}")
    chunks = world.chunks("again-4", message, "c3")
    first = [entry for outcome in world.core.feed_many(chunks) for entry in outcome.entries]
    for _ in range(2):
        assert [entry for outcome in world.core.feed_many(chunks) for entry in outcome.entries] == first
    alone = [entry for chunk in chunks for entry in world.core.feed(chunk).entries]
    assert alone
    of_its_chunk = ("score", "confidence", "listed_ms")
    for entry in alone:
        told = {name: getattr(entry, name) for name in of_its_chunk}
        assert entry == msgspec.structs.replace(first[0], **told)


def ring_back() -> Pcm:
    """Eight seconds of what every caller of a country hears: 425 Hz, a second in five (ITU-T E.180)."""
    at = np.arange(4 * CHUNK_SAMPLES)
    tone = 8000 * np.sin(2 * np.pi * 425 * at / 8000) * (at % 40_000 < 8000)
    return np.asarray(np.rint(tone), np.int16)


def on_hold() -> Pcm:
    """Eight seconds of music, in every call from its beginning."""
    music: Pcm = hold_music(np.random.default_rng(5), 4 * CHUNK_SAMPLES)
    return music


def recorded() -> Pcm:
    """What many a switchboard says."""
    said: Pcm = speech.speak(
        "Your call may be recorded for training and quality purposes. Please hold the line.", voice="en-us"
    )
    return np.resize(said, 4 * CHUNK_SAMPLES)


def played(world: World, pcm: Pcm) -> list[ListEntry]:
    """Entries that come of five callers with three calls each."""
    return [entry for n in range(5) for _ in range(3) for entry in world.play(pcm, f"caller-{n}")[1]]


@pytest.mark.slow
def test_ring_back_is_shared_by_all_and_lists_nobody(store: Store) -> None:
    world = World(store, "ring-back")
    assert played(world, ring_back()) == []
    parts, _ = world.play(ring_back(), "one more")
    assert not any(part.replay and part.replay.campaign for part in parts)


@pytest.mark.slow
@pytest.mark.parametrize("sound", [recorded, on_hold])
def test_a_shared_announcement_that_is_allowed_lists_nobody_and_is_let_through(
    store: Store, sound: Callable[[], Pcm]
) -> None:
    pcm = sound()
    unheard = World(store, f"{sound.__name__}, not allowed")
    assert played(unheard, pcm)  # so that what follows says something
    (campaign,) = {e.value for e in unheard.lists.entries() if e.scope == "campaign"}
    world = World(store, f"{sound.__name__}, allowed")
    world.put(white("campaign", campaign))
    assert played(world, pcm) == []
    parts, _ = world.play(pcm, "one more")
    verdicts = world.verdicts(parts)
    assert {v.action for v in verdicts if v.cause == "white"} == {"allow"}
    assert not [v for v in verdicts if v.cause == "black"]


@pytest.mark.slow
def test_what_a_person_said_of_a_recording_holds_when_it_turns_out_to_be_part_of_another(
    store: Store, message: Pcm
) -> None:
    world = World(store, "merged")
    greeting, rest = message[: 2 * CHUNK_SAMPLES], message[2 * CHUNK_SAMPLES :]
    for n in range(2):
        world.play(greeting, f"c{n}")
        world.play(rest, f"d{n}")
    campaigns = {"merged-1", "merged-2"}
    world.put(white("campaign", "merged-2"))
    for n in range(2):  # whole: both are one from here on
        world.play(message, f"e{n}")

    entry = world.lists.get("white:campaign:merged-1")
    assert entry is not None
    assert (entry.actor, "carried over from merged-2" in entry.reason) == ("person:a", True)
    made = [one for n in range(6) for one in world.play(greeting, f"f{n}")[1]]
    assert made == []
    assert {e.value for e in world.lists.entries() if e.scope == "campaign"} == campaigns
