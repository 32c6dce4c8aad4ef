-- name: renamed
-- Hashes of callers under an old key, and what stands for the same caller under the newest key known, up to two rotations
-- later; other queries ask this one by {{renamed}}, so that who called on both sides of a rotation is one caller.
SELECT old_caller, if(after = '', next, after) AS newest_caller
FROM (SELECT old_caller, max(caller) AS next FROM caller_aliases GROUP BY old_caller) AS once
ALL LEFT JOIN (
    SELECT old_caller AS next, max(caller) AS after FROM caller_aliases GROUP BY old_caller
) AS twice USING next

-- name: current
-- The current verdict of each call that has one in a span of time; other queries ask this one by {{current}}.
-- The action is of the highest cause; label and probability are what was heard, by audio, tone or replay, if anything.
-- As the view calls, but reading no more than the days in question, and with callers' newest hashes.
SELECT
    call_id, label, probability, action, dry_run, cause, chunk,
    if(newest_caller = '', old_caller, newest_caller) AS caller, opened_ms, captured_ms
FROM (
    SELECT
        call_id,
        argMax(verdict_label, heard_rank) AS label,
        argMax(verdict_probability, heard_rank) AS probability,
        argMax(verdict_action, rank) AS action,
        argMax(verdict_dry_run, rank) AS dry_run,
        argMax(verdict_cause, rank) AS cause,
        argMax(verdict_chunk, rank) AS chunk,
        max(verdict_caller) AS old_caller,
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
        WHERE scope = 'call' AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
            AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    )
    GROUP BY call_id
) AS judged
ALL LEFT JOIN ({{renamed}}) AS renamed USING old_caller

-- name: current_calls
-- The current verdict of each call in a span of time, newest first.
SELECT call_id, label, probability, action, dry_run, cause, chunk, caller, opened_ms, captured_ms
FROM ({{current}})
ORDER BY captured_ms DESC, call_id
LIMIT %(limit)s

-- name: verdicts_of_call
-- All verdicts of one call, each once.
SELECT
    id, stream_id, chunk, start_s, scope, cause, evidence_id, label, probability, action, dry_run, reasons, phase,
    coverage, last, replay_campaign, replay_call_id, replay_score, replay_offset_s, captured_ms, judged_ms,
    `tones.symbol` AS tone_symbols, `tones.start_s` AS tone_starts,
    `passages.label` AS passage_labels, `passages.start_s` AS passage_starts,
    `probabilities.label` AS probability_labels, `probabilities.probability` AS probability_values
FROM verdicts
WHERE call_id = %(call_id)s
ORDER BY stream_id, chunk, scope, cause, evidence_id, judged_ms
LIMIT 1 BY id

-- name: calls_by_label
-- How many calls are judged what, and what is done to them.
SELECT label, action, count() AS calls, uniqExactIf(caller, caller != '') AS callers
FROM ({{current}})
GROUP BY label, action
ORDER BY calls DESC, label, action

-- name: campaigns
-- Recordings heard in more than one call: distinct calls (the first one too) and callers of the replaying calls.
SELECT
    campaign,
    uniqExact(arrayJoin([call_id, matched_call_id])) AS calls,
    uniqExact(caller) AS callers,
    max(score) AS best_score,
    min(captured_ms) AS first_ms,
    max(captured_ms) AS last_ms
FROM replays
WHERE captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
    AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
GROUP BY campaign
ORDER BY calls DESC, campaign
LIMIT %(limit)s

-- name: calls_of_campaign
-- Which calls replayed a recording, each by its best match.
SELECT call_id, matched_call_id, caller, chunk, score, offset_s, captured_ms
FROM replays
WHERE campaign = %(campaign)s
ORDER BY call_id, score DESC, chunk, stream_id
LIMIT 1 BY call_id
LIMIT %(limit)s

-- name: callers_of_campaigns
-- In how many distinct calls each caller played each recording.
SELECT campaign, caller, uniqExact(call_id) AS calls, min(captured_ms) AS first_ms, max(captured_ms) AS last_ms
FROM replays
WHERE captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
    AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s AND caller != ''
GROUP BY campaign, caller
HAVING calls >= %(calls)s
ORDER BY calls DESC, campaign, caller
LIMIT %(limit)s

-- name: levels_of_call
-- Levels and reception of a call's chunks, each once.
SELECT
    stream_id, chunk, coverage, lost, jitter_ms, rms_dbfs, peak_dbfs, silence_code_share, comfort_noise_share,
    close_reason, error, captured_ms
FROM levels
WHERE call_id = %(call_id)s
ORDER BY stream_id, chunk, features_ms
LIMIT 1 BY stream_id, chunk

-- name: tones_by_symbol
-- New tones by symbol and the way they were sent.
SELECT symbol, source, count() AS tones, uniqExact(call_id) AS calls
FROM (
    SELECT call_id, stream_id, chunk, number, symbol, source
    FROM tones
    WHERE continued = 0 AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    GROUP BY call_id, stream_id, chunk, number, symbol, source
)
GROUP BY symbol, source
ORDER BY tones DESC, symbol, source

-- name: entries_in_force
-- The newest version of each list entry that acts at a moment.
SELECT
    kind, scope, value, key_id, campaign, calls, score, confidence, created_ms, expires_ms, actor, reason
FROM (
    SELECT
        kind, scope, value, key_id, campaign, calls, score, confidence, created_ms, expires_ms, state, actor, reason,
        removed
    FROM list_entries
    WHERE recorded_ms <= %(now_ms)s
    ORDER BY recorded_offset DESC, recorded_ms DESC
    LIMIT 1 BY kind, scope, value
)
WHERE removed = 0 AND state = 'active' AND (isNull(expires_ms) OR expires_ms > %(now_ms)s)
ORDER BY kind, scope, value

-- name: history_of_entry
-- Every version of one list entry, oldest first.
SELECT recorded_ms, removed, state, campaign, calls, score, confidence, created_ms, expires_ms, actor, reason
FROM list_entries
WHERE kind = %(kind)s AND scope = %(scope)s AND value = %(value)s
ORDER BY recorded_ms, recorded_offset
LIMIT 1 BY recorded_ms, recorded_offset

-- name: outcomes_by_label
-- What became of the calls of each label; outcomes that name no call_id are left out.
SELECT label, ivr_result, count() AS calls
FROM ({{current}}) AS judged
ALL INNER JOIN (
    SELECT call_id, argMax(ivr_result, reported_ms) AS ivr_result
    FROM outcomes
    WHERE call_id != ''
    GROUP BY call_id
) AS told USING call_id
GROUP BY label, ivr_result
ORDER BY label, ivr_result

-- name: totals
-- How many calls a span of time had, how many of them were flagged (tagged, challenged, blocked), and from when to when.
SELECT
    count() AS calls,
    uniqExactIf(caller, caller != '') AS callers,
    countIf(action IN ('tag', 'challenge', 'block')) AS flagged,
    countIf(action = 'divert') AS diverted,
    min(opened_ms) AS first_ms,
    max(captured_ms) AS last_ms
FROM ({{current}})

-- name: newest_verdict
-- Whether there is anything at all, and when it was heard.
SELECT count() > 0 AS known, max(captured_ms) AS newest_ms
FROM verdicts

-- name: calls_over_time
-- Calls by their beginning, in steps of equal length from a base on.
SELECT
    intDiv(greatest(opened_ms, toInt64(%(base_ms)s)) - toInt64(%(base_ms)s), toInt64(%(step_ms)s)) AS step,
    count() AS calls,
    countIf(action IN ('tag', 'challenge', 'block')) AS flagged
FROM ({{current}})
GROUP BY step
ORDER BY step

-- name: spam_types
-- What was heard of the calls that were tagged, challenged or blocked, and what told.
SELECT label, cause, action, count() AS calls, uniqExactIf(caller, caller != '') AS callers
FROM ({{current}})
WHERE action IN ('tag', 'challenge', 'block')
GROUP BY label, cause, action
ORDER BY calls DESC, label, cause, action

-- name: latency_by_cause
-- From a chunk's last sample to its verdict, and where the time went, in ms; chunks without audio left out.
SELECT
    cause,
    count() AS verdicts,
    quantileExact(0.5)(judged - captured) AS p50_ms,
    quantileExact(0.9)(judged - captured) AS p90_ms,
    quantileExact(0.99)(judged - captured) AS p99_ms,
    quantileExact(0.5)(tapped - captured) AS tap_p50_ms,
    quantileExact(0.5)(closed - tapped) AS window_p50_ms,
    quantileExact(0.5)(features - closed) AS features_p50_ms,
    quantileExact(0.5)(judged - features) AS classify_p50_ms,
    quantileExact(0.99)(tapped - captured) AS tap_p99_ms,
    quantileExact(0.99)(closed - tapped) AS window_p99_ms,
    quantileExact(0.99)(features - closed) AS features_p99_ms,
    quantileExact(0.99)(judged - features) AS classify_p99_ms
FROM (
    SELECT
        id, cause, min(judged_ms) AS judged, min(features_ms) AS features, min(closed_ms) AS closed,
        min(tapped_ms) AS tapped, min(captured_ms) AS captured
    FROM verdicts
    WHERE (scope = 'chunk' OR cause != 'audio') AND coverage > 0
        AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    GROUP BY id, cause
)
GROUP BY cause
ORDER BY indexOf(['audio', 'tone', 'replay', 'black', 'white'], cause)

-- name: new_entries
-- List entries first made in a span of time, as they stand now, newest first.
SELECT
    kind, scope, value, campaign, length(calls) AS calls, score, created_ms, expires_ms, state, removed, actor, reason,
    first_ms
FROM (
    SELECT kind, scope, value, campaign, calls, score, created_ms, expires_ms, state, removed, actor, reason
    FROM list_entries
    ORDER BY recorded_offset DESC, recorded_ms DESC
    LIMIT 1 BY kind, scope, value
) AS newest
ALL INNER JOIN (
    SELECT kind, scope, value, min(recorded_ms) AS first_ms
    FROM list_entries
    WHERE removed = 0
    GROUP BY kind, scope, value
) AS made USING kind, scope, value
WHERE first_ms >= %(since_ms)s AND first_ms < %(until_ms)s
ORDER BY first_ms DESC, kind, scope, value
LIMIT %(limit)s

-- name: campaigns_heard
-- Recordings heard in more than one call in a span of time, or one of them: calls and callers of all members, the first one too.
SELECT campaign, calls, callers, chunks, first_ms, last_ms, best_score
FROM (
    SELECT
        campaign, uniqExact(call_id) AS calls,
        uniqExactIf(if(newest_caller = '', old_caller, newest_caller), old_caller != '') AS callers,
        uniqExact(call_id, chunk) AS chunks, min(heard_ms) AS first_ms, max(heard_ms) AS last_ms
    FROM (
        SELECT campaign, call_id, caller AS old_caller, chunk, heard_ms
        FROM campaign_calls
        WHERE (%(campaign)s = '' OR campaign = %(campaign)s) AND heard_ms >= %(since_ms)s AND heard_ms < %(until_ms)s
            AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    ) AS members
    ALL LEFT JOIN ({{renamed}}) AS renamed USING old_caller
    GROUP BY campaign
) AS heard
ALL LEFT JOIN (
    SELECT campaign, max(score) AS best_score
    FROM replays
    GROUP BY campaign
) AS matched USING campaign
ORDER BY calls DESC, last_ms DESC, campaign
LIMIT %(limit)s

-- name: campaigns_called
-- Which campaigns' ids begin so.
SELECT campaign, uniqExact(call_id) AS calls
FROM campaign_calls
WHERE startsWith(campaign, %(begin)s)
GROUP BY campaign
ORDER BY campaign
LIMIT %(limit)s

-- name: members_of_campaign
-- The calls that a recording was heard in, the earliest first: by whom, in how many chunks, when.
SELECT
    call_id, max(caller) AS heard_from, uniqExact(chunk) AS chunks, min(heard_ms) AS first_ms, max(heard_ms) AS last_ms
FROM campaign_calls
WHERE campaign = %(campaign)s
GROUP BY call_id
ORDER BY first_ms, call_id
LIMIT %(limit)s

-- name: campaign_over_time
-- A recording's calls by when it was first heard in each, in steps of equal length from a base on.
SELECT intDiv(first_ms - toInt64(%(base_ms)s), toInt64(%(step_ms)s)) AS step, count() AS calls
FROM (
    SELECT call_id, min(heard_ms) AS first_ms
    FROM campaign_calls
    WHERE campaign = %(campaign)s
    GROUP BY call_id
)
WHERE first_ms >= %(base_ms)s
GROUP BY step
ORDER BY step

-- name: verdicts_of_campaign
-- How the calls of a recording are judged now.
SELECT call_id, label, probability, action, cause
FROM ({{current}})
WHERE call_id IN (SELECT call_id FROM campaign_calls WHERE campaign = %(campaign)s)
ORDER BY call_id

-- name: entries_of_campaign
-- List entries that a recording led to, or that name it, as they stand now.
SELECT kind, scope, value, length(calls) AS calls, created_ms, expires_ms, state, removed, actor, reason
FROM (
    SELECT kind, scope, value, calls, created_ms, expires_ms, state, removed, actor, reason
    FROM list_entries
    WHERE (kind, scope, value) IN (
        SELECT kind, scope, value
        FROM list_entries
        WHERE campaign = %(campaign)s OR (scope = 'campaign' AND value = %(campaign)s)
    )
    ORDER BY recorded_offset DESC, recorded_ms DESC
    LIMIT 1 BY kind, scope, value
)
ORDER BY kind, scope, value

-- name: history_of_values
-- Every version of the list entries of some values, whatever their list and scope, each entry's oldest first.
SELECT kind, scope, value, recorded_ms, removed, state, key_id, campaign, calls, created_ms, expires_ms, actor, reason
FROM list_entries
WHERE value IN %(values)s
ORDER BY kind, scope, value, recorded_offset, recorded_ms
LIMIT 1 BY kind, scope, value, recorded_offset, recorded_ms

-- name: judged_twice
-- What a shadow model said of a chunk or call, and the live one of the same; other queries ask this one by {{judged_twice}}.
-- Of repeats the verdict that was made first counts.
SELECT
    id, live, shadow, scope, call_id, chunk, captured_ms, live_label, live_action, shadow_label, shadow_action
FROM (
    SELECT
        id, scope, call_id, chunk, captured_ms,
        argMin(model, judged_ms) AS live, argMin(label, judged_ms) AS live_label, argMin(action, judged_ms) AS live_action
    FROM verdicts
    WHERE cause = 'audio' AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    GROUP BY id, scope, call_id, chunk, captured_ms
) AS of_live
ALL INNER JOIN (
    SELECT
        id, model AS shadow, argMin(label, judged_ms) AS shadow_label, argMin(action, judged_ms) AS shadow_action
    FROM shadow_verdicts
    WHERE cause = 'audio' AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    GROUP BY id, model
) AS of_shadow USING id

-- name: models_agree
-- How often a shadow model gives a chunk, or a call at some chunk, the live one's label, and the policy's action for it.
SELECT
    live, shadow,
    countIf(scope = 'chunk') AS chunks,
    countIf(scope = 'chunk' AND live_label = shadow_label) AS chunks_alike,
    countIf(scope = 'call') AS verdicts,
    countIf(scope = 'call' AND live_label = shadow_label) AS verdicts_alike,
    countIf(scope = 'call' AND live_action = shadow_action) AS actions_alike,
    uniqExactIf(call_id, scope = 'call') AS calls,
    min(captured_ms) AS first_ms,
    max(captured_ms) AS last_ms
FROM ({{judged_twice}})
GROUP BY live, shadow
ORDER BY last_ms DESC, live, shadow

-- name: models_confused
-- Which labels a shadow model gives the chunks that the live one gives another.
SELECT live, shadow, live_label, shadow_label, count() AS chunks, uniqExact(call_id) AS calls
FROM ({{judged_twice}})
WHERE scope = 'chunk'
GROUP BY live, shadow, live_label, shadow_label
ORDER BY live, shadow, chunks DESC, live_label, shadow_label

-- name: actions_changed
-- Calls to which a shadow model would have something else done: the severest action that each of the two came to.
-- Calls that a tone, a replay or a list decides are left out, for they are decided without a model.
SELECT live, shadow, call_id, live_action, live_label, shadow_action, shadow_label, last_ms
FROM (
    SELECT
        live, shadow, call_id,
        argMax(live_did, live_rank) AS live_action, argMax(live_heard, live_rank) AS live_label,
        argMax(shadow_did, shadow_rank) AS shadow_action, argMax(shadow_heard, shadow_rank) AS shadow_label,
        max(captured_ms) AS last_ms
    FROM (
        SELECT
            live, shadow, call_id, live_action AS live_did, live_label AS live_heard,
            shadow_action AS shadow_did, shadow_label AS shadow_heard, captured_ms,
            (indexOf(['allow', 'tag', 'challenge', 'divert', 'block'], live_action), captured_ms, id) AS live_rank,
            (indexOf(['allow', 'tag', 'challenge', 'divert', 'block'], shadow_action), captured_ms, id) AS shadow_rank
        FROM ({{judged_twice}})
        WHERE scope = 'call'
    )
    GROUP BY live, shadow, call_id
)
WHERE live_action != shadow_action AND call_id NOT IN (
    SELECT call_id
    FROM verdicts
    WHERE scope = 'call' AND cause != 'audio' AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
)
ORDER BY live, shadow, last_ms DESC, call_id
