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
