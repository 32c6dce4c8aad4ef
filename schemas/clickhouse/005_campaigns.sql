-- Which calls a recording was heard in: by whom, in which chunk, when. The first call is a member too.
CREATE TABLE IF NOT EXISTS campaign_calls (
    campaign String,
    caller String,
    call_id String,
    chunk Int32,
    call UInt64,
    heard_ms Int64,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY captured_date
ORDER BY (campaign, caller, call_id, chunk)
{{ttl: stored_date + INTERVAL 90 DAY}};
