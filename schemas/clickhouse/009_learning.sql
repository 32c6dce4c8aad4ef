-- What was measured of the sound of each stream's first chunks: the model's columns that need nothing but the spectrum part,
-- in the order of models.vector for that version of the features. A few hundred numbers for two seconds: no audio, and
-- nothing that could be turned back into speech.
CREATE TABLE IF NOT EXISTS chunk_features (
    call_id String,
    stream_id String,
    chunk Int64 {{codec: Delta, ZSTD}},
    direction {{word}},
    coverage Float64,
    rms_dbfs Float64,
    features_version Int64,
    values Array(Float32),
    captured_ms Int64 {{codec: Delta, ZSTD}},
    features_ms Int64 {{codec: Delta, ZSTD}},
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (call_id, stream_id, chunk)
{{ttl: stored_date + INTERVAL 90 DAY}};

-- What people say a chunk is (accepted), or that it is not what was suggested (rejected); the newest word on a chunk counts.
-- What is accepted keeps all of the model's columns, for chunk_features expires.
CREATE TABLE IF NOT EXISTS reviews (
    call_id String,
    stream_id String,
    chunk Int64,
    label {{word}},
    state {{word}},
    reviewer String,
    reason String,
    reviewed_ms UInt64,
    features_version Int64,
    values Array(Float32)
) ENGINE = ReplacingMergeTree(reviewed_ms)
ORDER BY (call_id, stream_id, chunk);
