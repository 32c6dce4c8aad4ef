"""Entries made by hand, as a worker's lists see them; on a real Kafka."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from command import Command
from confluent_kafka import Producer

from schemas.codec import Codec, encode
from schemas.ids import list_key
from schemas.records import Facts, ListEntry
from streams.broker import free_port
from streams.feed import FeedError
from streams.lists import ListView
from streams.lists.entries import EntryWriter
from streams.lists.follower import ListFeedError, ListFollower
from streams.lists.names import names_of
from streams.numbers import NumberHasher
from streams.registry_wait import Schemas
from streams.settings import Settings
from streams.topics import ENTRIES, TopicsError, create_topics

KEY = "a key that only tests know"
CALLER = "+49 30 1234567"
TIMEOUT_S = 30.0


def facts(number: str = CALLER) -> Facts:
    """Of a call by somebody, hashed as a tap does it."""
    caller = NumberHasher(KEY.encode(), "default").hash(number)
    return Facts(direction="caller", opened_ms=0, tap_id="test", key_id="default", caller=caller)


@pytest.fixture
def settings(kafka: Any, monkeypatch: pytest.MonkeyPatch, command: Command) -> Settings:
    """A topic set of one test, and the environment that leads commands to it."""
    prefix = f"lists{uuid4().hex[:8]}."
    create_topics(kafka.address, prefix=prefix, partitions=3)
    for name, value in (("BROKER", kafka.url), ("PREFIX", prefix), ("HMAC_KEY", KEY)):
        monkeypatch.setenv(f"CALLSIEVE_{name}", value)
    return Settings.read()


def followed(settings: Settings) -> ListView:
    """The lists as a worker that starts now sees them."""
    view = ListView()

    async def read() -> None:
        follower = ListFollower(settings, view, Schemas())
        await follower.start(TIMEOUT_S)
        assert follower.ready
        await follower.stop()

    asyncio.run(read())
    return view


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def kind_of(view: ListView, number: str = CALLER) -> str | None:
    hit = view.match(facts(number), None, int(time.time() * 1000))
    return None if hit is None else hit.kind


@pytest.mark.slow
def test_an_entry_by_hand_acts_until_it_is_removed(command: Command, settings: Settings) -> None:
    assert kind_of(followed(settings)) is None
    assert command("lists", "add", "black", "0049301234567").status == 0
    assert kind_of(followed(settings)) == "black"
    assert command("lists", "remove", "black", CALLER).status == 0
    assert kind_of(followed(settings)) is None


@pytest.mark.slow
def test_the_whitelist_wins(command: Command, settings: Settings) -> None:
    command("lists", "add", "black", CALLER, "--reason", "a robocaller")
    command("lists", "add", "white", "+4930123", "--scope", "prefix", "--reason", "our own numbers")
    view = followed(settings)
    assert kind_of(view) == "white"
    assert kind_of(view, "+49 30 1239999") == "white"
    assert kind_of(view, "+49 30 7654321") is None


@pytest.mark.slow
def test_an_entry_says_who_made_it_and_why_but_not_the_number(command: Command, settings: Settings) -> None:
    said = command("lists", "add", "black", CALLER, "--days", 2, "--reason", "a robocaller")
    entry = followed(settings).get(list_key("black", "caller", names_of(CALLER, "caller", settings)[0].value))
    assert entry is not None
    assert entry.actor.startswith("person:")
    assert entry.reason == "a robocaller"
    assert entry.expires_ms == entry.created_ms + 2 * 86_400_000
    assert entry.value in said.out
    assert "301234567" not in entry.value


@pytest.mark.slow
def test_a_campaign_needs_no_key(command: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLSIEVE_HMAC_KEY")
    assert command("lists", "add", "black", "0123abcd", "--scope", "campaign").status == 0
    hit = followed(settings).match(facts(), "0123abcd", 0)
    assert hit is not None
    assert hit.entry.scope == "campaign"


@pytest.mark.slow
def test_a_follower_goes_on_after_the_first_reading(settings: Settings) -> None:
    view = ListView()

    async def follow() -> None:
        follower = ListFollower(settings, view, Schemas())
        await follower.start(TIMEOUT_S)
        entry = ListEntry(
            kind="black",
            scope="caller",
            value=names_of(CALLER, "caller", settings)[0].value,
            created_ms=0,
            actor="person:test",
            reason="test",
        )
        writer = EntryWriter(settings, Codec())
        await asyncio.to_thread(writer.write, entry)
        await until(lambda: kind_of(view) == "black")
        await asyncio.to_thread(lambda: writer.remove(entry, actor="person:test", reason="a test"))
        await until(lambda: kind_of(view) is None)
        await follower.stop()

    asyncio.run(follow())


@pytest.mark.slow
def test_records_that_are_no_entries_are_counted_and_passed_over(settings: Settings) -> None:
    good = ListEntry(kind="white", scope="campaign", value="c", created_ms=0, actor="person:test", reason="test")
    producer = Producer(settings.client())
    for key, value in ((b"\xff", b"x"), (b"black:caller:x", b"no record"), (b"white:campaign:c", encode(good))):
        producer.produce(settings.prefix + ENTRIES, value, key, partition=0)
    assert producer.flush(20) == 0
    view = ListView()

    async def read() -> int:
        follower = ListFollower(settings, view, Schemas())
        await follower.start(TIMEOUT_S)
        await follower.stop()
        return follower.broken

    assert asyncio.run(read()) == 2
    assert view.get("white:campaign:c") == good


@pytest.mark.slow
def test_a_missing_topic_is_an_error_not_an_empty_list(kafka: Any) -> None:
    settings = Settings(broker=kafka.url, prefix="nothing.here.")
    with pytest.raises(ListFeedError, match=r"nothing\.here\.list\.entries is missing"):
        followed(settings)
    with pytest.raises(TopicsError, match="topics are missing"):
        EntryWriter(settings, Codec())


def test_lists_that_cannot_be_read_are_an_error() -> None:
    async def read() -> None:
        follower = ListFollower(Settings(broker=f"kafka://127.0.0.1:{free_port()}"), ListView(), Schemas())
        try:
            await follower.start(0.3)
        finally:
            assert not follower.ready

    with pytest.raises(ListFeedError, match=r"was not read to its end within 0\.3 s"):
        asyncio.run(read())


@pytest.mark.slow
@pytest.mark.parametrize("more", [{"reason": "r" * 2000}, {"expires_ms": 2**62}, {"reason": "\udcff"}])
def test_an_entry_that_no_follower_would_take_is_not_written(settings: Settings, more: dict[str, Any]) -> None:
    fields = {"kind": "black", "scope": "campaign", "value": "c", "created_ms": 1, "actor": "person:a", "reason": "r"}
    with pytest.raises(FeedError, match="no list takes"):
        EntryWriter(settings, Codec()).write(ListEntry(**(fields | more)))
