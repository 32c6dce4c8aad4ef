"""Edges of what a search of chunks found."""

from collections.abc import Iterable

from schemas.records import ChunkHead
from streams.campaigns.records import Edge
from streams.replay.search import Found


def edge_of(head: ChunkHead, found: Found) -> Edge:
    """That a chunk holds what another call holds."""
    facts = head.facts
    return Edge(
        call_id=head.call_id,
        stream_id=head.stream_id,
        chunk=head.chunk,
        caller=facts.caller.number if facts.caller else "",
        callee=facts.callee.number if facts.callee else "",
        trunk=facts.trunk or "",
        opened_ms=facts.opened_ms,
        heard_ms=head.captured_ms,
        matched_call_id=found.call_id,
        matched_caller=found.caller,
        matched_opened_ms=found.opened_ms,
        matched_heard_ms=found.heard_ms,
        score=found.score,
        false_match_probability=found.false_match_probability,
        pitch=found.pitch,
        tempo=found.tempo,
        offset_s=found.offset_s,
        query_start_s=found.query_start_s,
        query_end_s=found.query_end_s,
    )


def surest(edges: Iterable[Edge]) -> dict[tuple[str, str, int], list[Edge]]:
    """Edges by call, stream and chunk: one to each other call, surest first."""
    found: dict[tuple[str, str, int], dict[str, Edge]] = {}
    for edge in sorted(edges, key=lambda one: (one.false_match_probability, -one.score, one.matched_call_id)):
        found.setdefault((edge.call_id, edge.stream_id, edge.chunk), {}).setdefault(edge.matched_call_id, edge)
    return {chunk: list(some.values()) for chunk, some in found.items()}
