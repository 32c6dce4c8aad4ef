-- Fingerprints of version 2: an index of version 1 has other keys and no words to verify with, so it begins anew.
DROP TABLE IF EXISTS postings;
DROP TABLE IF EXISTS fingerprint_calls;

-- Where in which call each key was heard: call, frame and bin stand in one number, for a search reads some thousand keys
-- and each column is one more place to read from. Each key has a few rows to a few thousand rows in one place: so the
-- granules and the compressed blocks are small, and the partitions few: of a month's rows two. What expires in them is
-- taken out once a day, for that writes a part again.
CREATE TABLE IF NOT EXISTS replay_postings (
    key UInt32 {{codec: Delta, LZ4}},
    place UInt64 {{codec: T64, LZ4}},
    captured_date Date,
    stored_date Date DEFAULT today(),
    call UInt32 ALIAS toUInt32(bitShiftRight(place, 24)),
    frame UInt16 ALIAS toUInt16(bitAnd(bitShiftRight(place, 8), 65535)),
    bin UInt8 ALIAS toUInt8(bitAnd(place, 255))
) ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(captured_date)
ORDER BY (key, place)
PRIMARY KEY key
{{ttl: stored_date + INTERVAL 30 DAY}}
SETTINGS index_granularity = 256
{{modern: , min_compress_block_size = 2048, max_compress_block_size = 4096, merge_with_ttl_timeout = 86400}};

-- What was enrolled: each chunk, whose it is, and the words that a match is verified with. Postings whose call has no
-- row here count for nothing.
CREATE TABLE IF NOT EXISTS fingerprints (
    call UInt32,
    call_id String,
    stream_id String,
    chunk UInt16,
    version UInt8,
    caller String,
    key_id {{word}},
    opened_ms Int64,
    captured_ms Int64,
    words String,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY toYYYYMM(captured_date)
ORDER BY (call, call_id, stream_id, chunk)
PRIMARY KEY call
{{ttl: stored_date + INTERVAL 30 DAY}}
SETTINGS index_granularity = 32
{{modern: , min_compress_block_size = 4096, max_compress_block_size = 16384, merge_with_ttl_timeout = 86400}};

-- Calls that are to be found no more, from the moment they stand here; their rows go when the index is purged.
CREATE TABLE IF NOT EXISTS forgotten_calls (
    call_id String,
    forgotten_ms Int64,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
ORDER BY call_id
{{ttl: stored_date + INTERVAL 60 DAY}};
