"""Edges between calls, for tests of campaigns."""

from typing import Any

from streams.campaigns import Edge

NOON = 1_700_049_600_000  # of a day in UTC
MINUTE = 60_000


def opened_ms(call: str) -> int:
    """When a call opened: calls are called ``c1``, ``c2`` …, ``call-9`` and so on, and open a minute apart."""
    return NOON + MINUTE * int("".join(filter(str.isdigit, call)))


def make_edge(call: str = "c2", matched: str = "c1", chunk: int = 0, **changes: Any) -> Edge:
    """Both play the same recording from their first second on."""
    values: dict[str, Any] = {
        "call_id": call,
        "stream_id": f"stream of {call}",
        "chunk": chunk,
        "caller": f"number of {call}",
        "callee": "callee",
        "trunk": "trunk",
        "opened_ms": opened_ms(call),
        "heard_ms": opened_ms(call) + 2000 * (chunk + 1),
        "matched_call_id": matched,
        "matched_caller": f"number of {matched}",
        "matched_opened_ms": opened_ms(matched),
        "matched_heard_ms": opened_ms(matched) + 2000 * (chunk + 1),
        "score": 0.9,
        "false_match_probability": 1e-9,
        "offset_s": 2.0 * chunk,
        "query_end_s": 2.0 * chunk + 1.9,
    }
    return Edge(**(values | changes))
