-- What version 1 of the fingerprint matched: edges take its place.
DROP TABLE IF EXISTS replays;

-- Edges: a chunk of one call, with what was heard before it, holds what another call holds. All else of campaigns follows
-- from them: a campaign is a connected component. Whichever of the two was heard first; a chunk searched twice counts once.
CREATE TABLE IF NOT EXISTS replay_edges (
    call_id String,
    stream_id String,
    chunk Int32,
    matched_call_id String,
    caller String,
    callee String,
    trunk {{word}},
    opened_ms Int64,
    heard_ms Int64,
    matched_caller String,
    matched_opened_ms Int64,
    matched_heard_ms Int64,
    score Float64,
    false_match_probability Float64,
    pitch Float64,
    tempo Float64,
    offset_s Float64,
    query_start_s Float64,
    query_end_s Float64,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree()
PARTITION BY toMonday(captured_date)
ORDER BY (call_id, stream_id, chunk, matched_call_id)
{{ttl: stored_date + INTERVAL 90 DAY}}
SETTINGS index_granularity = 256;

-- Which campaign a call was counted to, with its facts; of several rows the one that tells most facts stays. Looked up by
-- call, as campaign_calls is by campaign. A campaign is named after the first call it had when it was founded.
CREATE TABLE IF NOT EXISTS campaign_members (
    call_id String,
    campaign String,
    founded_ms Int64,
    caller String,
    callee String,
    trunk {{word}},
    opened_ms Int64,
    told UInt8,
    captured_date Date,
    stored_date Date DEFAULT today()
) ENGINE = ReplacingMergeTree(told)
PARTITION BY toMonday(captured_date)
ORDER BY (call_id, campaign)
{{ttl: stored_date + INTERVAL 90 DAY}}
SETTINGS index_granularity = 256;

-- Campaigns that turned out to be one: the younger is counted to the older from then on, and its id goes on resolving. Never
-- expires, for people's list entries may name either.
CREATE TABLE IF NOT EXISTS campaign_merges (
    from_campaign String,
    into_campaign String,
    from_founded_ms Int64,
    into_founded_ms Int64,
    merged_ms Int64
) ENGINE = ReplacingMergeTree()
ORDER BY (from_campaign, into_campaign);
