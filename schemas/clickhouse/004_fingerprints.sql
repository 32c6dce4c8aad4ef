-- Landmarks: where in which call each key was heard. Looked up by key, thousands at a time.
CREATE TABLE IF NOT EXISTS postings (
    key UInt32 {{codec: Delta, LZ4}},
    call UInt64 {{codec: Delta, LZ4}},
    frame UInt32,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (key, call, frame)
{{ttl: stored_date + INTERVAL 30 DAY}}
SETTINGS index_granularity = 256;

-- Which call a posting's number stands for.
CREATE TABLE IF NOT EXISTS fingerprint_calls (
    call UInt64,
    call_id String,
    stream_id String,
    caller String,
    key_id {{word}},
    opened_ms UInt64,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY call
{{ttl: stored_date + INTERVAL 30 DAY}};

-- The same recording heard in another call.
CREATE TABLE IF NOT EXISTS replays (
    campaign String,
    call_id String,
    stream_id String,
    chunk Int32,
    matched_call_id String,
    caller String,
    score Float64,
    offset_s Float64,
    captured_ms Int64,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (campaign, call_id, stream_id, chunk)
{{ttl: stored_date + INTERVAL 90 DAY}};
