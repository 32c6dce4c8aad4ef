-- Verdicts as they stand in call.verdicts; repeats carry equal ids and collapse to the one that was judged first.
-- Nulls of the record are '' here, save answered_ms. Times are ms since 1970; captured_date is UTC.
-- Rows expire by the day they were stored, for captures may be years old when they are read.
CREATE TABLE IF NOT EXISTS verdicts (
    id String,
    stream_id String,
    call_id String,
    sip_call_id String,
    ssrc Int64,
    chunk Int64 {{codec: Delta, ZSTD}},
    start_s Float64,
    scope {{word}},
    cause {{word}},
    evidence_id String,
    label {{word}},
    probability Float64,
    probabilities Nested(label {{word}}, probability Float64),
    action {{word}},
    dry_run UInt8,
    reasons Array(String),
    phase {{word}},
    model {{word}},
    policy {{word}},
    lists String,
    caller String,
    caller_prefixes Array(String),
    callee String,
    callee_prefixes Array(String),
    key_id {{word}},
    trunk {{word}},
    direction {{word}},
    opened_ms Int64,
    answered_ms Nullable(Int64),
    tap_id {{word}},
    coverage Float64,
    last UInt8,
    tones Nested(
        symbol {{word}}, start_s Float64, duration_s Float64, level_dbm0 Float64, twist_db Float64,
        frequency_error Float64, snr_db Float64, source {{word}}, continued UInt8, continues UInt8
    ),
    replay_error String,
    replay_campaign String,
    replay_call_id String,
    replay_score Float64,
    replay_false_match_probability Float64,
    replay_offset_s Float64,
    replay_pitch Float64,
    replay_tempo Float64,
    replay_query_start_s Float64,
    replay_query_end_s Float64,
    replay_fingerprint_version Int64,
    captured_ms Int64 {{codec: Delta, ZSTD}},
    tapped_ms Int64 {{codec: Delta, ZSTD}},
    closed_ms Int64 {{codec: Delta, ZSTD}},
    features_ms Int64 {{codec: Delta, ZSTD}},
    judged_ms Int64 {{codec: Delta, ZSTD}},
    captured_date Date,
    stored_date Date DEFAULT today(),
    precedence UInt64 MATERIALIZED bitNot(toUInt64(judged_ms)),
    captured_at {{moment: captured_ms}}
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY captured_date
ORDER BY (call_id, stream_id, chunk, scope, cause, evidence_id)
{{ttl: stored_date + INTERVAL 90 DAY}};

-- The current verdict of each call: of the highest cause, then of the latest chunk; the id settles what is left.
CREATE VIEW IF NOT EXISTS calls AS
SELECT
    call_id,
    argMax(verdict_label, rank) AS label,
    argMax(verdict_probability, rank) AS probability,
    argMax(verdict_action, rank) AS action,
    argMax(verdict_dry_run, rank) AS dry_run,
    argMax(verdict_cause, rank) AS cause,
    argMax(verdict_chunk, rank) AS chunk,
    max(verdict_caller) AS caller,
    min(verdict_opened_ms) AS opened_ms,
    max(verdict_captured_ms) AS captured_ms
FROM (
    SELECT
        call_id,
        (indexOf(['audio', 'tone', 'replay', 'black', 'white'], cause), captured_ms, chunk, id) AS rank,
        label AS verdict_label, probability AS verdict_probability, action AS verdict_action,
        dry_run AS verdict_dry_run, cause AS verdict_cause, chunk AS verdict_chunk, caller AS verdict_caller,
        opened_ms AS verdict_opened_ms, captured_ms AS verdict_captured_ms
    FROM verdicts
    WHERE scope = 'call'
)
GROUP BY call_id;
