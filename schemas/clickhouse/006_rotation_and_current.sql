-- While numbers are hashed under two keys: which hash under the present one stands for which under the old one.
CREATE TABLE IF NOT EXISTS caller_aliases (
    old_caller String,
    caller String,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (old_caller, caller)
{{ttl: stored_date + INTERVAL 90 DAY}};

-- What counts of each call now. The action is of the highest cause (audio, tone, replay, black, white), then of the
-- latest chunk; label and probability are what was heard: of the highest of audio, tone and replay, and a list verdict's
-- only where nothing was heard yet. The id settles what is left.
DROP TABLE IF EXISTS calls;

CREATE VIEW IF NOT EXISTS calls AS
SELECT
    call_id,
    argMax(verdict_label, heard_rank) AS label,
    argMax(verdict_probability, heard_rank) AS probability,
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
        (indexOf(['audio', 'tone', 'replay'], cause), rank) AS heard_rank,
        label AS verdict_label, probability AS verdict_probability, action AS verdict_action,
        dry_run AS verdict_dry_run, cause AS verdict_cause, chunk AS verdict_chunk, caller AS verdict_caller,
        opened_ms AS verdict_opened_ms, captured_ms AS verdict_captured_ms
    FROM verdicts
    WHERE scope = 'call'
)
GROUP BY call_id;
