"""What replay search asks of ClickHouse; every statement runs on version 18.16 as on current ones."""

from typing import Final

# Of a key that is heard in more places than `rows`, every key keeps the same calls (the ones of lowest number), so the
# votes of those stay whole.
POSTINGS: Final = """
SELECT DISTINCT key, call, frame
FROM postings
WHERE key IN %(keys)s
ORDER BY key, call, frame
LIMIT %(rows)s BY key
"""

CALLS: Final = """
SELECT call, min(call_id) AS id, max(caller) AS number, min(opened_ms) AS opened
FROM fingerprint_calls
WHERE call IN %(calls)s
GROUP BY call
"""

CAMPAIGNS_OF_CALLS: Final = """
SELECT DISTINCT call, campaign
FROM campaign_calls
WHERE call IN %(calls)s
"""

HEARINGS_OF_CALLERS: Final = """
SELECT max(caller) AS number, call_id, chunk, min(heard_ms) AS heard
FROM campaign_calls
WHERE campaign = %(campaign)s AND caller IN %(callers)s
GROUP BY call_id, chunk
ORDER BY heard, call_id, chunk
LIMIT %(most)s
"""

HEARINGS: Final = """
SELECT max(caller) AS number, call_id, chunk, min(heard_ms) AS heard
FROM campaign_calls
WHERE campaign = %(campaign)s
GROUP BY call_id, chunk
ORDER BY heard, call_id, chunk
LIMIT %(most)s
"""

CALLERS: Final = """
SELECT uniqExact(caller) AS callers
FROM campaign_calls
WHERE campaign = %(campaign)s AND caller != ''
"""

ALIASES: Final = """
SELECT old_caller, max(caller) AS number
FROM caller_aliases
WHERE old_caller IN %(callers)s
GROUP BY old_caller
"""
