"""``callsieve campaigns``: on a directory of chdb with calls that play one recording, as a user types it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
import soundfile
from campaign_world import make_edge, opened_ms
from command import Command
from numpy.typing import NDArray

from features.fingerprint import fingerprint
from features.fingerprint.axis import CHUNK_SAMPLES
from streams.campaigns import Campaigns
from streams.campaigns.tables import write_edges
from streams.lists.snapshot import read_lists
from streams.registry_wait import open_schemas
from streams.replay.enrolment import enroll
from streams.replay.print import Print
from streams.settings import Settings
from streams.store import Store, open_store
from streams.store.migrations import migrate

pytestmark = pytest.mark.slow


def murmur(syllables: int = 20) -> NDArray[np.int16]:
    """Something like a voice: syllables of a fifth of a second, each a glide with two formants."""
    rng = np.random.default_rng(7)
    share = np.linspace(0, 1, 1600)
    heard = []
    for _ in range(syllables):
        pitch_hz = 110 + 120 * (rng.random() + (rng.random() - 0.5) * share)
        phase = 2 * np.pi * np.cumsum(pitch_hz) / 8000
        formants_hz = (rng.uniform(300, 900), rng.uniform(1000, 2600))
        total = np.zeros(1600)
        for harmonic in range(2, 16):
            loud = sum(np.exp(-(((harmonic * pitch_hz - formant) / 150) ** 2)) for formant in formants_hz)
            total += loud * np.sin(harmonic * phase)
        heard.append(total * np.sin(np.pi * share))
    return (4000 * np.concatenate(heard)).astype(np.int16)


def enrolled(store: Store, call: str) -> None:
    audio = np.concatenate([np.zeros(1024, np.int16), murmur()])
    for chunk in range(2):
        part = fingerprint(audio[16_000 * chunk :][:CHUNK_SAMPLES])
        moment = opened_ms(call) + 2000 * (chunk + 1)
        enroll(store, [Print(call, f"stream of {call}", chunk, "a caller", "k", opened_ms(call), moment, part)])


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Three calls that play four seconds alike, the third merged from another campaign, and one edge left undone."""
    pytest.importorskip("chdb", reason="chdb is not installed")
    address = f"chdb://{tmp_path}/store"
    store = open_store(address)
    migrate(store)
    for call in ("c1", "c2", "c4"):
        enrolled(store, call)
    campaigns = Campaigns(store)
    campaigns.join([make_edge("c2", "c1", 1)])
    campaigns.join([make_edge("c4", "c3", 1)])
    campaigns.join([make_edge("c4", "c1", 1)])
    write_edges(store, [make_edge("c5", "c4", 1)])
    store.close()
    return address


def test_a_campaign_is_listed_shown_and_found_by_an_id_it_no_longer_has(command: Command, url: str) -> None:
    (found,) = json.loads(command("campaigns", "list", "--store", url, "--format", "json").out)
    assert (found["campaign"], found["calls"], found["callees"], found["aliases"]) == ("c1", 4, 1, ["c3"])
    assert command("campaigns", "list", "--store", url).out.splitlines()[1].split()[:4] == ["c1", "4", "4", "1"]
    story = json.loads(command("campaigns", "show", "c3", "--store", url, "--format", "json").out)
    assert story["campaign"] == found
    assert [each["call_id"] for each in story["members"]] == ["c1", "c2", "c3", "c4"]
    assert story["members"][1]["shared_s"] == [0.0, 3.9]
    said = command("campaigns", "show", "c3", "--store", url).out
    assert "merged into it: c3" in said
    assert "4 calls by 4 callers to 1 called numbers over 1 trunks" in said


def test_repair_tells_what_it_mended_and_the_second_time_nothing(command: Command, url: str) -> None:
    said = command("campaigns", "repair", "--since", "2020-01-01", "--store", url)
    assert "1 calls joined a campaign" in said.out
    assert "1 calls were in no campaign" in said.err
    again = command("campaigns", "repair", "--since", "2020-01-01", "--store", url, "--format", "json")
    assert json.loads(again.out)["mended"] == 0


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_campaign_is_drawn_with_the_audio_that_is_given(
    command: Command, url: str, tmp_path: Path, kind: str
) -> None:
    pytest.importorskip("matplotlib", reason="the extra train is not installed")
    soundfile.write(tmp_path / "c2.wav", murmur(), 8000)
    out = tmp_path / f"picture.{kind}"
    said = command("campaigns", "plot", "c1", "--out", out, "--audio", f"c2={tmp_path}/c2.wav", "--store", url)
    assert said.out.startswith(f"4 of 4 calls in {out}")
    drawn = out.read_bytes()
    assert (
        drawn.startswith(b"\x89PNG") if kind == "png" else b"not in the index any more" in drawn
    )  # c3 was not enrolled
    command("campaigns", "plot", "c1", "--out", out, "--audio", f"c2={tmp_path}/c2.wav", "--store", url)
    assert out.read_bytes() == drawn


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("c9", "--out", "a.svg"), "no campaign's id begins with 'c9'"),
        (("c1", "--out", "a.gif"), "a picture is FILE.svg or FILE.png"),
        (("c1", "--out", "a.svg", "--audio", "c2"), "'c2' is not CALL_ID=FILE"),
        (("c1", "--out", "a.svg", "--audio", "c9=b.wav"), "no calls of this campaign begin with 'c9'"),
    ],
)
def test_what_cannot_be_drawn_is_told(command: Command, url: str, words: tuple[str, ...], why: str) -> None:
    pytest.importorskip("matplotlib", reason="the extra train is not installed")
    said = command("campaigns", "plot", *words, "--store", url)
    assert said.status in (1, 2)
    assert why in " ".join(said.err.split())


def test_without_matplotlib_a_picture_says_what_is_missing(
    command: Command, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    said = command("campaigns", "plot", "c1", "--out", "a.svg", "--store", url)
    assert (said.status, said.err) == (1, "callsieve: matplotlib is not installed: it comes with callsieve[train]\n")


def test_what_a_person_allows_or_blocks_names_the_campaign_as_it_is_now_and_stays_in_the_index(
    command: Command, url: str, kafka: Any
) -> None:
    prefix = f"campaigns-{uuid4().hex[:8]}."
    there = ("--broker", kafka.url, "--prefix", prefix)
    assert command("topics", "create", *there).status == 0
    said = command("campaigns", "allow", "c3", "--reason", "our announcement", "--store", url, *there)
    assert (said.out, said.err) == ("white campaign c1 added: heard in 4 calls\n", "")
    assert command("campaigns", "block", "c3", "--days", "2", "--store", url, *there).status == 0
    settings = Settings(broker=kafka.url, prefix=prefix)
    entries = dict(read_lists(settings, open_schemas(settings)).items())
    white, black = entries["white:campaign:c1"], entries["black:campaign:c1"]
    assert (white.value, white.campaign, white.reason, white.expires_ms) == ("c1", "c1", "our announcement", None)
    assert white.calls == ["c1", "c2", "c3", "c4"]
    assert white.actor.startswith("person:")
    assert black.expires_ms is not None
    store = open_store(url)
    Campaigns(store).join([make_edge(f"c{number}", "c1", 3, query_end_s=3.0) for number in (6, 7, 8, 9, 10, 11)])
    kept = store.query("SELECT DISTINCT call_id FROM fingerprints WHERE stored_date > today() ORDER BY call_id")
    assert kept == [{"call_id": "c1"}]
    store.close()
    said = command("campaigns", "allow", "c1", "--store", url, *there)
    assert said.err.startswith("note: its calls share beginning only (0.0-3.0 s of 8.0 s heard)")
    assert said.err.endswith("what they don't share is allowed with it\n")
