-- Every version of every list entry, removals included, in the order of list.entries: an append-only log.
CREATE TABLE IF NOT EXISTS list_entries (
    kind {{word}},
    scope {{word}},
    value String,
    recorded_ms Int64,
    recorded_offset Int64,
    removed UInt8,
    key_id {{word}},
    campaign String,
    calls Array(String),
    score Float64,
    confidence Float64,
    created_ms Int64,
    expires_ms Nullable(Int64),
    state {{word}},
    actor {{word}},
    reason String
) ENGINE = ReplacingMergeTree()
ORDER BY (kind, scope, value, recorded_ms, recorded_offset);

-- What became of calls, as the platform tells it; '' for an id that it did not tell.
CREATE TABLE IF NOT EXISTS outcomes (
    call_id String,
    sip_call_id String,
    ivr_result {{word}},
    ended_by {{word}},
    speech_count Nullable(Int64),
    duration_s Nullable(Float64),
    reported_ms Int64,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (call_id, sip_call_id, reported_ms)
{{ttl: stored_date + INTERVAL 90 DAY}};
