"""What replay search asks of ClickHouse; every statement runs on version 18.16 as on current ones."""

from typing import Final

# A search: the rows of some thousand keys. Filtering rows before their other columns are read would read each granule
# twice; one thread reads part after part, so where rows are cut off at `most` it is always the same ones.
_ROWS_OF_KEYS: Final = """
SELECT key, place
FROM replay_postings
WHERE key IN %(keys)s
LIMIT %(most)s
SETTINGS optimize_move_to_prewhere = 0, max_threads = 1
"""
# mapped into memory, a granule is read without a call of the system: a quarter of the time
_MAPPED: Final = ", local_filesystem_read_method = 'mmap', min_bytes_to_use_mmap_io = 1"
_KNOWS_MAPPED: Final = (22, 3)


def rows_of_keys(version: tuple[int, ...]) -> str:
    """The statement that reads the rows of keys, as an engine of this version does it quickest."""
    return _ROWS_OF_KEYS + (_MAPPED if version >= _KNOWS_MAPPED else "")


WORDS_OF_CALLS: Final = """
SELECT call, call_id, stream_id, chunk, caller, opened_ms, captured_ms, words
FROM fingerprints
WHERE call IN %(calls)s AND chunk >= %(first)s AND chunk <= %(last)s AND version = %(version)s
    AND call_id NOT IN (SELECT call_id FROM forgotten_calls)
SETTINGS optimize_move_to_prewhere = 0, max_threads = 1
"""

ROWS: Final = """
SELECT sum(rows) AS rows_there
FROM system.parts
WHERE database = currentDatabase() AND table = 'replay_postings' AND active
"""

FREQUENCIES: Final = """
SELECT key, count() AS rows_there
FROM replay_postings
WHERE key >= %(first)s AND key <= %(last)s
GROUP BY key
"""

VERSIONS: Final = """
SELECT version, count() AS chunks
FROM fingerprints
GROUP BY version
"""

FORGOTTEN: Final = "SELECT DISTINCT call_id FROM forgotten_calls ORDER BY call_id"

MUTATIONS: Final = """
SELECT count() AS running
FROM system.mutations
WHERE database = currentDatabase() AND table IN %(tables)s AND is_done = 0
"""
