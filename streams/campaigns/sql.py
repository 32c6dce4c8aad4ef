"""What campaigns ask of ClickHouse; every statement runs on version 18.16 as on current ones."""

from typing import Final

MEMBERSHIPS: Final = """
SELECT call_id, campaign, min(founded_ms) AS founded, max(told) AS facts
FROM campaign_members
WHERE call_id IN %(calls)s
GROUP BY call_id, campaign
ORDER BY call_id, campaign
"""

MERGES: Final = """
SELECT from_campaign, into_campaign, min(from_founded_ms) AS from_founded, min(into_founded_ms) AS into_founded
FROM campaign_merges
WHERE from_campaign IN %(campaigns)s OR into_campaign IN %(campaigns)s
GROUP BY from_campaign, into_campaign
ORDER BY from_campaign, into_campaign
"""

HEARINGS_OF_CALLERS: Final = """
SELECT max(caller) AS number, call_id, chunk, min(heard_ms) AS heard
FROM campaign_calls
WHERE campaign IN %(campaigns)s AND caller IN %(callers)s
GROUP BY call_id, chunk
ORDER BY heard, call_id, chunk
LIMIT %(most)s
"""

HEARINGS: Final = """
SELECT max(caller) AS number, call_id, chunk, min(heard_ms) AS heard
FROM campaign_calls
WHERE campaign IN %(campaigns)s
GROUP BY call_id, chunk
ORDER BY heard, call_id, chunk
LIMIT %(most)s
"""

CALLERS: Final = """
SELECT uniqExact(caller) AS callers
FROM campaign_calls
WHERE campaign IN %(campaigns)s AND caller != ''
"""

ALIASES: Final = """
SELECT old_caller, max(caller) AS number
FROM caller_aliases
WHERE old_caller IN %(callers)s
GROUP BY old_caller
"""

LINKS: Final = """
SELECT
    call_id, matched_call_id, min(opened_ms) AS opened, min(matched_opened_ms) AS matched_opened, max(heard_ms) AS heard
FROM replay_edges
WHERE captured_date >= %(since_date)s AND heard_ms >= %(since_ms)s
GROUP BY call_id, matched_call_id
ORDER BY call_id, matched_call_id
"""

UNHEARD: Final = """
SELECT DISTINCT call_id
FROM replay_edges
WHERE captured_date >= %(since_date)s AND heard_ms >= %(since_ms)s
    AND (call_id, chunk) NOT IN (SELECT call_id, chunk FROM campaign_calls WHERE captured_date >= %(since_date)s)
ORDER BY call_id
"""

_EDGE: Final = (
    "call_id, stream_id, chunk, caller, callee, trunk, opened_ms, heard_ms, matched_call_id, matched_caller, "
    "matched_opened_ms, matched_heard_ms, score, false_match_probability, pitch, tempo, offset_s, query_start_s, "
    "query_end_s"
)

EDGES_OF_CALLS: Final = """
SELECT {edge}
FROM replay_edges
WHERE call_id IN %(calls)s AND captured_date >= %(since_date)s
ORDER BY call_id, stream_id, chunk, matched_call_id
LIMIT 1 BY call_id, stream_id, chunk, matched_call_id
LIMIT %(most)s
""".replace("{edge}", _EDGE)

EDGES_STILL_TOLD: Final = """
SELECT {edge}
FROM replay_edges
WHERE call_id IN %(calls)s AND captured_date >= %(since_date)s
    AND matched_call_id NOT IN (SELECT call_id FROM forgotten_calls)
""".replace("{edge}", _EDGE)

EDGES_TO_CALLS: Final = EDGES_OF_CALLS.replace("WHERE call_id IN", "WHERE matched_call_id IN")

UNTOLD: Final = """
SELECT
    call_id, campaign, min(founded_ms) AS founded, max(told) AS facts, max(caller) AS known_caller,
    max(callee) AS known_callee, max(toString(trunk)) AS known_trunk, min(opened_ms) AS opened
FROM campaign_members
WHERE captured_date >= %(since_date)s
GROUP BY call_id, campaign
HAVING facts < 3
ORDER BY call_id, campaign
"""

FACTS: Final = """
SELECT call_id, max(caller) AS caller_hash, max(callee) AS callee_hash, max(toString(trunk)) AS trunk_name
FROM verdicts
WHERE call_id IN %(calls)s AND captured_date >= %(since_date)s
GROUP BY call_id
ORDER BY call_id
"""

# Of each pair of calls the edge that shares most: alignments, shapes and representatives are made of these.
PAIRS_OF_CALLS: Final = """
SELECT {edge}
FROM replay_edges
WHERE call_id IN %(calls)s
ORDER BY call_id, matched_call_id, query_end_s - query_start_s DESC, score DESC, chunk, stream_id
LIMIT 1 BY call_id, matched_call_id
LIMIT %(most)s
""".replace("{edge}", _EDGE)

SEARCHED: Final = """
SELECT call_id, max(chunk) AS last
FROM replay_edges
WHERE call_id IN %(calls)s
GROUP BY call_id
"""

CALLS_OF_CAMPAIGN: Final = """
SELECT call_id, max(heard_ms) AS heard
FROM campaign_calls
WHERE campaign IN %(campaigns)s
GROUP BY call_id
ORDER BY heard DESC, call_id
LIMIT %(most)s
"""

WORDS: Final = """
SELECT call_id, stream_id, chunk, words
FROM fingerprints
WHERE call IN %(numbers)s AND call_id IN %(calls)s
ORDER BY call_id, stream_id, chunk
LIMIT 1 BY call_id, stream_id, chunk
"""

PEAKS: Final = """
SELECT DISTINCT call, frame, bin
FROM replay_postings
WHERE call IN %(numbers)s AND captured_date >= %(first)s AND captured_date <= %(last)s
ORDER BY call, frame, bin
"""
