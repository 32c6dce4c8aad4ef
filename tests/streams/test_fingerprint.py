"""The fingerprint stage on audio: synthetic voices, coded and distorted as calls carry them."""

import os
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample

from features.fingerprint import FINGERPRINT_VERSION
from features.g711 import encode_pcma, encode_pcmu
from schemas.ids import list_key
from schemas.records import Chunk, ChunkHead, Facts, ListEntry, NumberHash, Run
from streams.audio import CHUNK_SAMPLES, LEAD_IN_SAMPLES
from streams.fingerprint import FingerprintCore, FingerprintOutcome
from streams.lists import ListView
from streams.lists.rules import Rules
from streams.replay.forgetting import forget
from streams.runtime.metrics import REPLAY_SEARCHES
from streams.store import Store, StoreUnavailableError, open_store
from streams.store.migrations import migrate

speech = pytest.importorskip("models.sounds.speech", reason="there are no voices")

Pcm = NDArray[np.int16]
DATA = Path(os.environ.get("CALLSIEVE_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
DAY_MS = 1_700_000_000_000
TEXT = "This is an important message about your car's extended warranty. Press one to speak to an agent right away."


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    migrate(opened)
    yield opened
    opened.close()


def core(store: Store, lists: ListView | None = None, rules: Rules | None = None, **seconds: int) -> FingerprintCore:
    known = ListView() if lists is None else lists
    return FingerprintCore(store, known, rules or Rules.load(), clock=lambda: DAY_MS, **seconds)


class Flaky:
    """A store that goes away after some calls."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls_left: int | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def call(*args: Any) -> Any:
            if self.calls_left is not None:
                if self.calls_left == 0:
                    raise StoreUnavailableError("away")
                self.calls_left -= 1
            return found(*args)

        return call


def say(text: str = TEXT, voice: str = "en-us") -> Pcm:
    pcm: Pcm = speech.speak(text, voice=voice)
    return pcm


def distorted(pcm: Pcm, seed: int, *, gain_db: float = -10.0, snr_db: float = 15.0) -> Pcm:
    """The recording as another call carries it: quieter, in white noise, begun somewhere else."""
    rng = np.random.default_rng(seed)
    late = np.concatenate([np.zeros(int(rng.integers(0, CHUNK_SAMPLES)), np.int16), pcm])
    quiet = late * 10 ** (gain_db / 20)
    noise = rng.standard_normal(len(quiet)) * np.sqrt(np.mean(quiet**2)) * 10 ** (-snr_db / 20)
    return np.clip(np.rint(quiet + noise), -32768, 32767).astype(np.int16)


def chunks_of(call: str, pcm: Pcm, *, law: str = "pcmu", opened_ms: int = 0, caller: str | None = None) -> list[Chunk]:
    """A call's chunks, the last one filled up with nothing received."""
    encode = encode_pcmu if law == "pcmu" else encode_pcma
    coded = encode(pcm)
    facts: dict[str, Any] = {"direction": "caller", "opened_ms": DAY_MS + opened_ms, "tap_id": "tap", "key_id": "k1"}
    if caller:
        facts |= {"caller": NumberHash(number=caller, prefixes=[f"{caller}-prefix"]), "trunk": "trunk"}
    made = []
    for number in range(-(-len(pcm) // CHUNK_SAMPLES)):
        start = number * CHUNK_SAMPLES
        body = coded[start : start + CHUNK_SAMPLES]
        before = coded[max(0, start - LEAD_IN_SAMPLES) : start]
        head = ChunkHead(
            stream_id=f"stream of {call}",
            call_id=call,
            ssrc=1,
            anchor=0,
            tap_epoch=0,
            chunk=number,
            facts=Facts(**facts),
            coverage=len(body) / CHUNK_SAMPLES,
            received=len(body) // 160,
            lost=0,
            jitter_ms=0.0,
            close_reason="complete",
            last=False,
            captured_ms=DAY_MS + opened_ms + 2000 * (number + 1),
            tapped_ms=0,
            closed_ms=0,
        )
        runs = [Run(start=0, length=len(body), encoding=law, data=body.tobytes())]  # type: ignore[arg-type]
        lead = [Run(start=-len(before), length=len(before), encoding=law, data=before.tobytes())]  # type: ignore[arg-type]
        made.append(Chunk(head=head, runs=runs, lead_in=lead if number else []))
    return made


def campaign(calls: int, *, caller: str = "robot", opened_ms: int = 0) -> list[list[Chunk]]:
    """One message in several calls of one caller, a minute apart."""
    message = say()
    return [
        chunks_of(
            f"{caller}-{n}",
            distorted(message, n),
            law=("pcmu", "pcma")[n % 2],
            opened_ms=opened_ms + 60_000 * n,
            caller=caller,
        )
        for n in range(calls)
    ]


def all_entries(outcomes: list[FingerprintOutcome]) -> list[ListEntry]:
    return [entry for outcome in outcomes for entry in outcome.entries]


def test_a_message_played_again_is_a_replay_of_the_first_call(store: Store) -> None:
    fingerprint = core(store)
    first, second = campaign(2)

    assert all(outcome.replay is None for outcome in fingerprint.feed_many(first))
    parts = [part for outcome in fingerprint.feed_many(second) if (part := outcome.replay)]

    assert len(parts) >= 2
    assert {(part.campaign, part.call_id, part.error) for part in parts} == {("robot-0", "robot-0", None)}
    assert all(part.false_match_probability < 1e-4 and part.score > 0.6 for part in parts)
    assert all(part.fingerprint_version == FINGERPRINT_VERSION for part in parts)


def test_the_offset_says_where_in_the_first_call_the_chunk_falls(store: Store) -> None:
    fingerprint = core(store)
    message = say()
    shift = 5_600
    fingerprint.feed_many(chunks_of("first", message))

    outcomes = fingerprint.feed_many(chunks_of("second", np.concatenate([np.zeros(shift, np.int16), message])))

    found = [(n, outcome.replay.offset_s) for n, outcome in enumerate(outcomes) if outcome.replay]
    assert len(found) >= 2
    assert all(offset == pytest.approx(2.0 * n - shift / 8000, abs=0.02) for n, offset in found)


def test_a_message_played_higher_and_faster_is_found_and_how_much_is_told(store: Store) -> None:
    fingerprint = core(store)
    message = say()
    fingerprint.feed_many(chunks_of("first", message))
    faster = np.rint(resample(message.astype(float), round(len(message) / 1.05))).astype(np.int16)

    parts = [o.replay for o in fingerprint.feed_many(chunks_of("second", faster, opened_ms=60_000)) if o.replay]

    assert len(parts) >= 2
    assert all(part.pitch == pytest.approx(1.05, abs=0.02) for part in parts)
    assert all(part.tempo == pytest.approx(1.05, abs=0.01) for part in parts)


def test_a_call_heard_later_is_no_replay_of_an_earlier_one_but_of_its_campaign(store: Store) -> None:
    fingerprint = core(store)
    first, second = campaign(2)
    fingerprint.feed_many(second)

    assert [outcome.replay for outcome in fingerprint.feed_many(first)] == [None] * len(first)
    assert {o.replay.campaign for o in fingerprint.feed_many(second) if o.replay} == {"robot-0"}


def test_only_the_first_seconds_are_kept_and_searched(store: Store) -> None:
    fingerprint = core(store, enrol_s=6, search_s=4)
    for chunks in campaign(2):
        outcomes = fingerprint.feed_many(chunks)
    assert max(n for n, outcome in enumerate(outcomes) if outcome.replay) <= 2
    assert store.query("SELECT max(chunk) AS last FROM fingerprints") == [{"last": 2}]


def test_a_batch_that_the_store_failed_on_gives_the_same_later(store: Store) -> None:
    first, second = campaign(2)
    undisturbed = core(store)
    undisturbed.feed_many(first)
    expected = undisturbed.feed_many(second)
    flaky = Flaky(store)
    fingerprint = core(flaky)
    for failures in (1, 3, 5, 8):
        flaky.calls_left = failures
        with suppress(StoreUnavailableError):
            fingerprint.feed_many(second)
    flaky.calls_left = None
    outcomes = fingerprint.feed_many(second)
    assert [bool(o.replay) for o in outcomes] == [bool(o.replay) for o in expected]
    assert {o.replay.call_id for o in outcomes if o.replay} == {"robot-0"}


def test_a_campaign_under_way_is_known_without_the_store(store: Store) -> None:
    fingerprint = core(store)
    for chunks in campaign(2):
        fingerprint.feed_many(chunks)
    before = REPLAY_SEARCHES.labels("memory")._value.get()
    third = campaign(3)[2]
    outcomes = [fingerprint.feed(chunk) for chunk in third]
    assert {o.replay.campaign for o in outcomes if o.replay} == {"robot-0"}
    assert REPLAY_SEARCHES.labels("memory")._value.get() > before


def test_the_third_call_of_a_caller_makes_a_black_entry(store: Store) -> None:
    fingerprint = core(store)
    made = [all_entries(fingerprint.feed_many(chunks)) for chunks in campaign(3)]

    assert made[0] == made[1] == []
    entry = made[2][0]
    assert (entry.kind, entry.scope, entry.value, entry.key_id) == ("black", "caller", "robot", "k1")
    assert entry.campaign == "robot-0"
    assert entry.calls == ["robot-0", "robot-1", "robot-2"]
    assert DAY_MS + 120_000 < entry.created_ms <= DAY_MS + 140_000
    assert entry.actor == "rule:repeated-recording@1"
    assert entry.confidence > 0.999


def test_calls_of_different_callers_share_a_campaign_but_make_no_entry(store: Store) -> None:
    fingerprint = core(store)
    message = say()
    campaigns = set()
    for n in range(4):
        chunks = chunks_of(f"call-{n}", distorted(message, n), opened_ms=60_000 * n, caller=f"caller-{n}")
        outcomes = fingerprint.feed_many(chunks)
        assert all_entries(outcomes) == []
        campaigns |= {outcome.replay.campaign for outcome in outcomes if outcome.replay}

    assert campaigns == {"call-0"}


def test_a_burst_in_one_batch_counts_as_call_after_call_does(store: Store) -> None:
    calls = campaign(4)
    batch = [chunk for together in zip(*(chunks[:4] for chunks in calls), strict=True) for chunk in together]

    outcomes = core(store).feed_many(batch)

    assert outcomes[0].replay is None
    (entry,) = all_entries(outcomes)
    assert set(entry.calls) == {f"robot-{n}" for n in range(4)}


def told(outcomes: list[FingerprintOutcome]) -> list[tuple[str | None, str | None, float] | None]:
    """What is said of chunks, but for what a row that is in the index twice may change of it."""
    parts = [outcome.replay for outcome in outcomes]
    return [(part.campaign, part.call_id, round(part.offset_s + 0.05, 1)) if part else None for part in parts]


def test_the_same_chunks_again_give_the_same_and_count_once(store: Store) -> None:
    fingerprint = core(store)
    calls = campaign(2)
    fingerprint.feed_many(calls[0])
    once = fingerprint.feed_many(calls[1])

    for _ in range(3):
        assert told(fingerprint.feed_many(calls[1])) == told(once)
    assert told([fingerprint.feed(chunk) for chunk in calls[1]]) == told(once)
    assert all_entries(once) == []


def test_what_was_found_by_one_who_died_before_telling_is_told_by_the_next(store: Store) -> None:
    dying = core(store)
    calls = campaign(3)
    for chunks in calls[:2]:
        dying.feed_many(chunks)
    found = dying.feed_many(calls[2])
    store.execute("TRUNCATE TABLE replay_postings")  # as without what the first one had heard: nothing is found again

    outcomes = core(store).feed_many(calls[2])

    assert told(outcomes) == told(found)
    assert [entry.value for entry in all_entries(outcomes)] == ["robot"]

    forget(store, ["robot-0", "robot-1"])
    assert told(core(store).feed_many(calls[2])) == [None] * len(calls[2])


@pytest.mark.parametrize(
    ("scope", "value"),
    [("caller", "robot"), ("prefix", "robot-prefix"), ("trunk", "trunk"), ("campaign", "robot-0")],
)
def test_the_white_list_keeps_a_caller_off_the_black_one(store: Store, scope: str, value: str) -> None:
    lists = ListView()
    white = ListEntry(kind="white", scope=scope, value=value, created_ms=0, actor="somebody", reason="bank")  # type: ignore[arg-type]
    lists.apply(list_key("white", scope, value), white, offset=0)
    fingerprint = core(store, lists)

    outcomes = [outcome for chunks in campaign(4) for outcome in fingerprint.feed_many(chunks)]

    assert any(outcome.replay for outcome in outcomes)
    assert all_entries(outcomes) == []


def test_an_entry_is_renewed_by_each_further_call_and_not_by_each_chunk(store: Store) -> None:
    lists = ListView()
    fingerprint = core(store, lists)
    made = []
    for chunks in campaign(5):
        made.append(0)
        for chunk in chunks:
            for entry in fingerprint.feed(chunk).entries:
                lists.apply(list_key(entry.kind, entry.scope, entry.value), entry, offset=sum(made))
                made[-1] += 1

    assert made == [0, 0, 1, 1, 1]


def test_an_entry_that_somebody_disabled_is_not_made_again(store: Store) -> None:
    lists = ListView()
    disabled = ListEntry(
        kind="black", scope="caller", value="robot", created_ms=0, actor="somebody", reason="mistake", state="disabled"
    )
    lists.apply(list_key("black", "caller", "robot"), disabled, offset=0)
    fingerprint = core(store, lists)

    assert [entry for chunks in campaign(4) for entry in all_entries(fingerprint.feed_many(chunks))] == []


def test_what_the_called_side_plays_is_not_the_callers_recording(store: Store) -> None:
    fingerprint = core(store)
    for chunks in campaign(4):
        for chunk in chunks:
            head = chunk.head
            head.facts = Facts(direction="callee", opened_ms=0, tap_id="tap", caller=head.facts.caller)
        assert fingerprint.feed_many(chunks) == [FingerprintOutcome()] * len(chunks)


def test_a_broken_chunk_is_a_part_with_its_error_and_the_batch_goes_on(store: Store) -> None:
    fingerprint = core(store)
    first, second = campaign(2)
    fingerprint.feed_many(first)
    second[1].runs = [Run(start=0, length=CHUNK_SAMPLES + 1, encoding="pcmu", data=b"")]

    outcomes = fingerprint.feed_many(second)

    assert outcomes[1].replay is not None
    assert "reaches out" in (outcomes[1].replay.error or "")
    assert any(outcome.replay and not outcome.replay.error for outcome in outcomes)


def test_a_chunk_without_audio_is_nothing(store: Store) -> None:
    (empty,) = chunks_of("call", np.zeros(CHUNK_SAMPLES, np.int16))
    empty.runs = []

    assert core(store).feed(empty) == FingerprintOutcome()
    assert core(store).feed_many([]) == []


@pytest.mark.slow
def test_a_store_that_is_away_is_not_hidden(tmp_path: Path) -> None:
    away = open_store("clickhouse://127.0.0.1:1/default")

    with pytest.raises(StoreUnavailableError):
        core(away).feed_many(campaign(1)[0])
    away.close()


WORDS = tuple(
    """account address agent appointment bank bill birthday bonus bridge broken business button cable call camera
    card castle cheaper claim colour company contract corner credit customer delivery discount doctor dollar early
    electric energy engine evening family fifteen final garden grocery holiday hospital hundred insurance invoice
    january kitchen later letter licence lottery machine market medical minute monthly mortgage mountain neighbour
    notice number office operator orange parcel password pension police price printer problem reference refund
    river safety saturday second security service seven sister solar station survey suspended taxes telephone thirty
    ticket tomorrow traffic update urgent vehicle virus warranty weather website window winter yellow""".split()  # noqa: SIM905
)


def different_messages(count: int) -> list[tuple[str, str]]:
    """Texts of 24 words with their voices: words shared, many texts in one voice, no text twice."""
    rng = random.Random(11)
    voices = ("en-us", "en-us+f2", "en-gb+m3", "en-gb+f4")
    return [(" ".join(rng.sample(WORDS, 24)), voices[n % 4]) for n in range(count)]


@pytest.mark.slow
def test_fax_calls_are_no_replays_of_each_other() -> None:
    """They share CNG, CED, V.21 frames of equal content and the training before a page."""
    recordings = sorted((DATA / "fax").glob("*.flac"))
    if not recordings:
        pytest.skip(f"no recordings of fax calls in {DATA} (CALLSIEVE_DATA)")
    store = open_store("chdb://")
    migrate(store)
    try:
        fingerprint = core(store)
        for path in recordings:
            both, _ = soundfile.read(path, dtype="int16", always_2d=True)
            for end in range(both.shape[1]):
                chunks = chunks_of(f"{path.name} {end}", both[: 12 * CHUNK_SAMPLES, end])
                assert [outcome.replay for outcome in fingerprint.feed_many(chunks)] == [None] * len(chunks)
    finally:
        store.close()


@pytest.mark.slow
def test_distorted_replays_of_forty_messages_are_found_and_different_messages_are_not() -> None:
    """Gain -10 dB, white noise at 15 dB, mu-law against A-law, any offset."""
    store = open_store("chdb://")
    migrate(store)
    try:
        fingerprint = core(store)
        messages = [say(text, voice) for text, voice in different_messages(40)]
        for n, message in enumerate(messages):
            fingerprint.feed_many(chunks_of(f"first-{n}", message, opened_ms=n))
        found, chunks, false = 0, 0, 0
        for n, message in enumerate(messages):
            again = chunks_of(f"again-{n}", distorted(message, n), law="pcma", opened_ms=60_000 + n)
            parts = [outcome.replay for outcome in core(store).feed_many(again)]
            chunks += len(parts)
            found += any(part is not None and part.call_id == f"first-{n}" for part in parts[:4])
            false += sum(part is not None and part.call_id != f"first-{n}" for part in parts)
    finally:
        store.close()
    assert found >= 0.95 * len(messages)
    assert chunks > 200
    assert false <= chunks / 1000
