"""Which chunks of a stream are searched, with what before them; and the calls that stand for campaigns in memory."""

import numpy as np
import pytest

from features.fingerprint import SHIFTS, Fingerprint
from streams.replay import listening as listening_module
from streams.replay.evidence import Evidence
from streams.replay.listening import Listening
from streams.replay.print import Print
from streams.replay.representatives import LIVE_S, Representatives
from streams.replay.search import Query, Searcher

FRAMES = 126


def sound(seed: int) -> Fingerprint:
    """Peaks and words as of a chunk that nothing else is like."""
    rng = np.random.default_rng(seed)
    cells = rng.choice(FRAMES * 500, 60, replace=False)
    peaks = np.sort(cells)
    words = rng.integers(1, 1 << 32, (SHIFTS, FRAMES), dtype=np.uint32)
    strengths = rng.uniform(1, 3, 60).astype(np.float32)
    return Fingerprint(np.stack((peaks // 500, peaks % 500), axis=1).astype(np.int32), strengths, words)


def heard(chunk: int, stream: str = "s", seed: int | None = None) -> Print:
    return Print(
        f"call {stream}", stream, chunk, "", "", 0, 2_000 * (chunk + 1), sound(chunk if seed is None else seed)
    )


def test_the_first_chunks_of_a_stream_are_searched_and_the_others_not() -> None:
    listening = Listening(2)
    taken = []
    for chunk in (3, 5, 6, 7):
        taken.append(listening.take(heard(chunk)))
        listening.settle()

    assert [one is not None for one in taken] == [True, True, False, False]
    assert taken[0] is taken[1]
    assert listening.is_done("s", 8)
    assert not listening.is_done("another", 8)
    assert listening.evidences == 0


def test_what_was_not_searched_comes_again_as_if_it_never_had() -> None:
    listening = Listening(3)
    listening.take(heard(0))
    listening.settle()
    for _ in range(2):
        taken = [listening.take(heard(chunk)) for chunk in (1, 2, 3)]
        assert [one is not None for one in taken] == [True, True, False]
        listening.take(heard(0, "new"))
        listening.undo()
        assert len(listening) == 1
    again = listening.take(heard(1))
    assert again is not None
    assert sorted(again.prints) == [0, 1]


def test_a_stream_that_is_read_again_begins_anew() -> None:
    listening = Listening(3)
    for chunk in range(3):
        listening.take(heard(chunk))
        listening.settle()
    again = listening.take(heard(0))
    assert again is not None
    assert sorted(again.prints) == [0]


def test_streams_that_are_over_or_too_many_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening_module, "MOST_HEARD", 2)
    monkeypatch.setattr(listening_module, "MOST_STREAMS", 3)
    listening = Listening(4)
    for name in "abcde":
        listening.take(heard(0, name))
    listening.settle()
    assert (len(listening), listening.evidences) == (3, 2)
    listening.end("e")
    listening.end("never there")
    assert (len(listening), listening.evidences) == (2, 1)


def found_in(calls: Representatives, query: Print) -> list[str]:
    (found,) = Searcher.over(calls, most_chance=1e-6).search([Query(query, Evidence())])
    return [one.call_id for one in found]


def test_a_call_stands_for_its_campaign_until_its_time_is_over() -> None:
    now_s = [0.0]
    calls = Representatives(clock=lambda: now_s[0])
    calls.offer("one", [heard(0, "first"), heard(1, "first")])
    calls.offer("two", [heard(0, "other", seed=50)])

    query = heard(7, "asked", seed=1)
    assert found_in(calls, query) == ["call first"]
    assert found_in(calls, heard(7, "asked", seed=99)) == []
    assert found_in(calls, heard(1, "first")) == []

    now_s[0] = LIVE_S + 1
    calls.expire()
    assert len(calls) == 0
    assert found_in(calls, query) == []


def test_who_has_more_to_show_stands_for_the_campaign() -> None:
    calls = Representatives()
    calls.offer("one", [heard(0, "first")])
    calls.offer("one", [heard(0, "second"), heard(1, "second")])
    calls.offer("one", [heard(0, "third"), heard(1, "third")])
    assert found_in(calls, heard(4, "asked", seed=1)) == ["call second"]

    calls.offer("what it is called since a merger", [heard(n, "second") for n in range(3)])
    assert found_in(calls, heard(4, "asked", seed=2)) == ["call second"]
    assert len(calls) == 1
