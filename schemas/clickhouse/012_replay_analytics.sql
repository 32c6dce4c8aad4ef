-- Campaigns under their present ids: each that was merged away, and what it is called now.
CREATE VIEW IF NOT EXISTS campaign_roots AS
SELECT old_campaign, if(after = '', next, after) AS campaign
FROM (
    SELECT from_campaign AS old_campaign, argMin(into_campaign, (into_founded_ms, into_campaign)) AS next
    FROM campaign_merges
    GROUP BY from_campaign
) AS once
ALL LEFT JOIN (
    SELECT from_campaign AS next, argMin(into_campaign, (into_founded_ms, into_campaign)) AS after
    FROM campaign_merges
    GROUP BY from_campaign
) AS twice USING next;

-- Each call of each campaign once, for dashboards: by whom, from when to when the recording was heard in it, in how many
-- chunks of two seconds. Numbers are hashes, under the key of their time; the questions by name put rotated keys together.
CREATE VIEW IF NOT EXISTS campaign_hearings AS
SELECT
    if(now_called = '', old_campaign, now_called) AS campaign,
    call_id,
    max(number) AS caller,
    min(moment) AS first_ms,
    max(moment) AS last_ms,
    uniqExact(part) AS chunks
FROM (
    SELECT campaign AS old_campaign, call_id, caller AS number, chunk AS part, heard_ms AS moment
    FROM campaign_calls
) AS kept
ALL LEFT JOIN (SELECT old_campaign, campaign AS now_called FROM campaign_roots) AS roots USING old_campaign
GROUP BY campaign, call_id;

-- Campaigns by hour (UTC) for dashboards: those heard in calls that the recording was first heard in then.
CREATE VIEW IF NOT EXISTS campaigns_hourly AS
SELECT
    toDateTime(intDiv(first_ms, 3600000) * 3600) AS hour,
    campaign,
    count() AS calls,
    uniqExactIf(caller, caller != '') AS callers
FROM campaign_hearings
GROUP BY hour, campaign;
