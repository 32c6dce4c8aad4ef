-- Levels and reception of each chunk, from the spectrum part of call.features.
CREATE TABLE IF NOT EXISTS levels (
    stream_id String,
    call_id String,
    chunk Int64 {{codec: Delta, ZSTD}},
    encodings Array(String),
    coverage Float64,
    received Int64,
    lost Int64,
    late Int64,
    duplicates Int64,
    jitter_ms Float64,
    close_reason {{word}},
    end_reason {{word}},
    last UInt8,
    tap_id {{word}},
    error String,
    rms_dbfs Float64,
    peak_dbfs Float64,
    loudest_frame_dbfs Float64,
    quietest_frame_dbfs Float64,
    silence_code_share Float64,
    comfort_noise_share Float64,
    singular_values Array(Float64),
    captured_ms Int64 {{codec: Delta, ZSTD}},
    features_ms Int64 {{codec: Delta, ZSTD}},
    captured_date Date,
    stored_date Date DEFAULT today(),
    captured_at {{moment: captured_ms}}
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (call_id, stream_id, chunk)
{{ttl: stored_date + INTERVAL 90 DAY}};

-- One row for each tone of a chunk, from the tones part; a DTMF symbol is '?' unless symbols are kept by choice.
-- A tone that goes on from the chunk before has continued = 1 and is not a new one.
CREATE TABLE IF NOT EXISTS tones (
    stream_id String,
    call_id String,
    chunk Int64 {{codec: Delta, ZSTD}},
    number Int64,
    symbol {{word}},
    start_s Float64,
    duration_s Float64,
    level_dbm0 Float64,
    twist_db Float64,
    frequency_error Float64,
    snr_db Float64,
    source {{word}},
    continued UInt8,
    continues UInt8,
    captured_ms Int64 {{codec: Delta, ZSTD}},
    captured_date Date,
    stored_date Date DEFAULT today(),
    captured_at {{moment: captured_ms}}
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (call_id, stream_id, chunk, number)
{{ttl: stored_date + INTERVAL 90 DAY}};
