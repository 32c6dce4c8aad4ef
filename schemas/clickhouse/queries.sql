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

-- name: merged
-- Campaigns that were merged, and what they are called now; other queries ask this one by {{merged}}. Who merges keeps chains
-- one step long, and two steps are followed, for two may merge at the same time.
SELECT old_campaign, if(after = '', next, after) AS root
FROM (
    SELECT from_campaign AS old_campaign, argMin(into_campaign, (into_founded_ms, into_campaign)) AS next
    FROM campaign_merges
    GROUP BY from_campaign
) AS once
ALL LEFT JOIN (
    SELECT from_campaign AS next, argMin(into_campaign, (into_founded_ms, into_campaign)) AS after
    FROM campaign_merges
    GROUP BY from_campaign
) AS twice USING next

-- name: heard
-- Where campaigns' recordings were heard in a span of time, the first call's too, under campaigns' present ids and callers'
-- newest hashes, with what is known of each call; other queries ask this one by {{heard}}. Of one campaign, all of whose ids
-- are named, or of all; each chunk once.
SELECT
    campaign, call_id, chunk, heard_ms, if(newest_caller = '', old_caller, newest_caller) AS caller, callee, trunk, score
FROM (
    SELECT campaign, call_id, chunk, heard_ms, old_caller, callee, trunk, score
    FROM (
        SELECT campaign, call_id, chunk, heard_ms, old_caller, callee, trunk
        FROM (
            SELECT
                if(root = '', old_campaign, root) AS campaign, call_id, chunk, min(moment) AS heard_ms,
                max(number) AS old_caller
            FROM (
                SELECT campaign AS old_campaign, call_id, chunk, heard_ms AS moment, caller AS number
                FROM campaign_calls
                WHERE (%(campaign)s = '' OR campaign IN %(campaigns)s)
                    AND heard_ms >= %(since_ms)s AND heard_ms < %(until_ms)s
                    AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
            ) AS kept
            ALL LEFT JOIN ({{merged}}) AS merged USING old_campaign
            GROUP BY campaign, call_id, chunk
        ) AS named
        ALL LEFT JOIN (
            SELECT call_id, max(callee) AS callee, max(toString(trunk)) AS trunk
            FROM campaign_members
            WHERE captured_date + 1 >= %(since_date)s AND captured_date <= %(until_date)s
            GROUP BY call_id
        ) AS members USING call_id
    ) AS told
    ALL LEFT JOIN (
        SELECT call_id, max(score) AS score
        FROM replay_edges
        WHERE captured_date >= %(since_date)s AND captured_date <= %(until_date)s
        GROUP BY call_id
    ) AS matched USING call_id
) AS scored
ALL LEFT JOIN ({{renamed}}) AS renamed USING old_caller

-- name: calls_of_campaign
-- Which calls hold what another call of the recording holds, each by its best match.
SELECT
    call_id, matched_call_id, caller, chunk, score, offset_s, pitch, tempo, query_start_s, query_end_s,
    heard_ms AS captured_ms
FROM replay_edges
WHERE call_id IN (SELECT call_id FROM campaign_calls WHERE campaign IN %(campaigns)s)
ORDER BY call_id, (score - 0.5) * (query_end_s - query_start_s) DESC, chunk, stream_id, matched_call_id
LIMIT 1 BY call_id
LIMIT %(limit)s

-- name: callers_of_campaigns
-- In how many distinct calls each caller played each recording.
SELECT campaign, caller, uniqExact(call_id) AS calls, min(heard_ms) AS first_ms, max(heard_ms) AS last_ms
FROM ({{heard}})
WHERE caller != ''
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

-- name: told
-- What platforms told of each call in a span of time, of each thing the last known word; others ask this one by {{told}}.
-- An outcome that names only SIP's Call-ID is of the calls heard under it. A speech count of -1 is unknown.
SELECT
    call_id,
    if(countIf(ivr != 'unknown') = 0, 'unknown', argMaxIf(ivr, moment_ms, ivr != 'unknown')) AS ivr_result,
    if(countIf(ended != 'unknown') = 0, 'unknown', argMaxIf(ended, moment_ms, ended != 'unknown')) AS ended_by,
    if(countIf(spoken >= 0) = 0, toInt64(-1), argMaxIf(spoken, moment_ms, spoken >= 0)) AS speech_count,
    max(moment_ms) AS reported_ms
FROM (
    SELECT
        call_id, toString(ivr_result) AS ivr, toString(ended_by) AS ended, ifNull(speech_count, toInt64(-1)) AS spoken,
        reported_ms AS moment_ms
    FROM outcomes
    WHERE call_id != '' AND reported_ms >= %(since_ms)s AND captured_date >= %(since_date)s
    UNION ALL
    SELECT named_id AS call_id, ivr, ended, spoken, moment_ms
    FROM (
        SELECT
            sip_call_id, toString(ivr_result) AS ivr, toString(ended_by) AS ended,
            ifNull(speech_count, toInt64(-1)) AS spoken, reported_ms AS moment_ms
        FROM outcomes
        WHERE call_id = '' AND sip_call_id != '' AND reported_ms >= %(since_ms)s AND captured_date >= %(since_date)s
    ) AS nameless
    ALL INNER JOIN (
        SELECT sip_call_id, call_id AS named_id
        FROM verdicts
        WHERE sip_call_id != '' AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
            AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
        GROUP BY sip_call_id, call_id
    ) AS named USING sip_call_id
)
GROUP BY call_id

-- name: outcomes_by_label
-- What became of the calls of each label.
SELECT label, ivr_result, count() AS calls
FROM ({{current}}) AS judged
ALL INNER JOIN ({{told}}) AS told USING call_id
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
-- Recordings heard in more than one call in a span of time, or one of them: what is distinct of all members, the first too.
SELECT
    campaign,
    uniqExact(call_id) AS calls,
    uniqExactIf(caller, caller != '') AS callers,
    uniqExactIf(callee, callee != '') AS callees,
    uniqExactIf(trunk, trunk != '') AS trunks,
    uniqExact(call_id, chunk) AS chunks,
    min(heard_ms) AS first_ms,
    max(heard_ms) AS last_ms,
    max(score) AS best_score
FROM ({{heard}})
GROUP BY campaign
ORDER BY calls DESC, last_ms DESC, campaign
LIMIT %(limit)s

-- name: campaign_windows
-- What is distinct of a recording's calls in each hour, day or other step since 1970 that it was heard in.
SELECT
    intDiv(heard_ms, toInt64(%(step_ms)s)) AS step,
    uniqExact(call_id) AS calls,
    uniqExactIf(caller, caller != '') AS callers,
    uniqExactIf(callee, callee != '') AS callees,
    uniqExactIf(trunk, trunk != '') AS trunks
FROM ({{heard}})
GROUP BY step
ORDER BY step
LIMIT %(limit)s

-- name: campaigns_called
-- Which campaigns' ids begin so, those that were merged into others too.
SELECT DISTINCT campaign
FROM (
    SELECT DISTINCT campaign FROM campaign_calls WHERE startsWith(campaign, %(begin)s)
    UNION ALL
    SELECT DISTINCT from_campaign AS campaign FROM campaign_merges WHERE startsWith(from_campaign, %(begin)s)
)
ORDER BY campaign
LIMIT %(limit)s

-- name: members_of_campaign
-- The calls that a recording was heard in, the earliest first: by whom, whom they called, in how many chunks, when.
SELECT call_id, heard_from, callee, trunk, chunks, first_ms, last_ms
FROM (
    SELECT
        call_id, max(caller) AS heard_from, uniqExact(chunk) AS chunks, min(heard_ms) AS first_ms,
        max(heard_ms) AS last_ms
    FROM campaign_calls
    WHERE campaign IN %(campaigns)s
    GROUP BY call_id
) AS heard
ALL LEFT JOIN (
    SELECT call_id, max(callee) AS callee, max(toString(trunk)) AS trunk
    FROM campaign_members
    WHERE call_id IN (SELECT call_id FROM campaign_calls WHERE campaign IN %(campaigns)s)
    GROUP BY call_id
) AS told USING call_id
ORDER BY first_ms, call_id
LIMIT %(limit)s

-- name: campaign_over_time
-- A recording's calls by when it was first heard in each, in steps of equal length from a base on.
SELECT intDiv(first_ms - toInt64(%(base_ms)s), toInt64(%(step_ms)s)) AS step, count() AS calls
FROM (
    SELECT call_id, min(heard_ms) AS first_ms
    FROM campaign_calls
    WHERE campaign IN %(campaigns)s
    GROUP BY call_id
)
WHERE first_ms >= %(base_ms)s
GROUP BY step
ORDER BY step

-- name: verdicts_of_campaign
-- How the calls of a recording are judged now.
SELECT call_id, label, probability, action, cause
FROM ({{current}})
WHERE call_id IN (SELECT call_id FROM campaign_calls WHERE campaign IN %(campaigns)s)
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
        WHERE campaign IN %(campaigns)s OR (scope = 'campaign' AND value IN %(campaigns)s)
    )
    ORDER BY recorded_offset DESC, recorded_ms DESC
    LIMIT 1 BY kind, scope, value
)
ORDER BY kind, scope, value

-- name: history_of_values
-- Every version of the list entries of some values, whatever their list and scope, each entry's oldest first.
SELECT
    kind, scope, value, recorded_ms, removed, state, key_id, campaign, calls, score, confidence, created_ms, expires_ms,
    actor, reason, listed_ms, trunk, prefixes
FROM list_entries
WHERE value IN %(values)s
ORDER BY kind, scope, value, recorded_offset, recorded_ms
LIMIT 1 BY kind, scope, value, recorded_offset, recorded_ms

-- name: callers_of_prefix
-- How many distinct callers whose numbers begin alike were heard since a moment; the prefix is told by its hash.
SELECT uniqExact(caller) AS callers
FROM verdicts
WHERE captured_date >= %(since_date)s AND captured_ms >= %(since_ms)s AND has(caller_prefixes, %(value)s)

-- name: callers_of_trunk
-- How many distinct callers were heard through a trunk since a moment; the trunk is told by its hash.
SELECT uniqExact(caller) AS callers
FROM verdicts
WHERE captured_date >= %(since_date)s AND captured_ms >= %(since_ms)s AND trunk = %(value)s AND caller != ''

-- name: prefixes_of_callers
-- Hashes of the prefixes of some callers' numbers, as far as they were heard since a moment.
SELECT DISTINCT caller, prefix
FROM verdicts
ARRAY JOIN caller_prefixes AS prefix
WHERE captured_date >= %(since_date)s AND captured_ms >= %(since_ms)s AND caller IN %(callers)s
ORDER BY caller, prefix

-- name: unwanted_kinds
-- Kinds of unwanted calls, of those that anything was done about (tagged, challenged, diverted, blocked), and their shares.
SELECT part.1 AS kind, part.2 AS calls, part.3 AS callers, part.2 / whole AS share
FROM (
    SELECT sum(calls) AS whole, groupArray((kind, calls, callers)) AS parts
    FROM (
        SELECT
            multiIf(
                label = 'recording' OR cause = 'replay', 'recording',
                label = 'dead_air', 'silent',
                label IN ('fax', 'modem'), 'fax',
                label IN ('busy', 'ringback', 'sit', 'dtmf'), 'tones',
                label IN ('no_media', 'comfort_noise'), 'no_sound',
                label = 'undecided' AND cause = 'black', 'listed',
                toString(label)
            ) AS kind,
            count() AS calls, uniqExactIf(caller, caller != '') AS callers
        FROM ({{current}})
        WHERE action != 'allow'
        GROUP BY kind
    )
)
ARRAY JOIN parts AS part
ORDER BY calls DESC, kind

-- name: ended_by_result
-- Who ended the calls, crossed with how they did in the voice menu; each row's share of all calls with an outcome.
SELECT
    part.1 AS ended_by, part.2 AS passed, part.3 AS failed, part.4 AS unknown, part.5 AS calls, part.5 / whole AS share
FROM (
    SELECT sum(calls) AS whole, groupArray((ended_by, passed, failed, unknown, calls)) AS parts
    FROM (
        SELECT
            ended_by, countIf(ivr_result = 'passed') AS passed, countIf(ivr_result = 'failed') AS failed,
            countIf(ivr_result = 'unknown') AS unknown, count() AS calls
        FROM ({{current}}) AS judged
        ALL INNER JOIN ({{told}}) AS told USING call_id
        GROUP BY ended_by
    )
)
ARRAY JOIN parts AS part
ORDER BY calls DESC, ended_by

-- name: ended_by_result_of_labels
-- The same for each label that was heard; shares are of the label's calls.
SELECT
    label, part.1 AS ended_by, part.2 AS passed, part.3 AS failed, part.4 AS unknown, part.5 AS calls,
    part.5 / whole AS share
FROM (
    SELECT label, sum(calls) AS whole, groupArray((ended_by, passed, failed, unknown, calls)) AS parts
    FROM (
        SELECT
            label, ended_by, countIf(ivr_result = 'passed') AS passed, countIf(ivr_result = 'failed') AS failed,
            countIf(ivr_result = 'unknown') AS unknown, count() AS calls
        FROM ({{current}}) AS judged
        ALL INNER JOIN ({{told}}) AS told USING call_id
        GROUP BY label, ended_by
    )
    GROUP BY label
)
ARRAY JOIN parts AS part
ORDER BY whole DESC, label, calls DESC, ended_by

-- name: measured
-- First chunks in a span of time, each once, with the model's columns; other queries ask this one by {{measured}}.
-- Of tones: which share of the two seconds each family of them sounds, in the order of the model's columns.
SELECT
    captured_ms, arrayConcat(`values`, [toFloat32(coverage)], arrayResize(tone_shares, 7, toFloat32(0))) AS numbers
FROM (
    SELECT call_id, stream_id, chunk, captured_ms, coverage, `values`
    FROM chunk_features
    WHERE features_version = %(features_version)s AND length(`values`) = %(columns)s
        AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    LIMIT 1 BY call_id, stream_id, chunk
) AS kept
ALL LEFT JOIN (
    SELECT
        call_id, stream_id, chunk,
        [
            toFloat32(least(1, sumIf(seconds, family = 'dtmf') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'busy') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'ringback') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'fax') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'sit') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'dial') / 2)),
            toFloat32(least(1, sumIf(seconds, family = 'tone') / 2))
        ] AS tone_shares
    FROM (
        SELECT
            call_id, stream_id, chunk, greatest(0, least(start_s + duration_s, 2) - greatest(start_s, 0)) AS seconds,
            multiIf(
                length(symbol) = 1, 'dtmf',
                symbol IN ('cng', 'ced', 'v21', 'ansam', 'ansam_pr'), 'fax',
                symbol IN ('busy', 'reorder'), 'busy',
                symbol IN ('ringback', 'sit', 'dial'), toString(symbol),
                symbol IN ('ans_pr', 'modem', 'beep', 'test'), 'no column',
                'tone'
            ) AS family
        FROM tones
        WHERE captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
            AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
        LIMIT 1 BY call_id, stream_id, chunk, number
    )
    GROUP BY call_id, stream_id, chunk
) AS sounded USING call_id, stream_id, chunk

-- name: feature_edges
-- The nine deciles of every column of the model over a span of time, and of how many chunks.
SELECT count() AS chunks, quantilesForEach(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)(numbers) AS edges
FROM ({{measured}})

-- name: features_over_time
-- How many chunks of each step of time lie below, and up to, nine edges of every column of the model.
SELECT
    intDiv(captured_ms, toInt64(%(step_ms)s)) AS step,
    count() AS chunks,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_1)s)) AS below_1,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_1)s)) AS up_to_1,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_2)s)) AS below_2,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_2)s)) AS up_to_2,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_3)s)) AS below_3,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_3)s)) AS up_to_3,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_4)s)) AS below_4,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_4)s)) AS up_to_4,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_5)s)) AS below_5,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_5)s)) AS up_to_5,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_6)s)) AS below_6,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_6)s)) AS up_to_6,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_7)s)) AS below_7,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_7)s)) AS up_to_7,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_8)s)) AS below_8,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_8)s)) AS up_to_8,
    sumForEach(arrayMap((value, edge) -> value < edge, numbers, array%(low_9)s)) AS below_9,
    sumForEach(arrayMap((value, edge) -> value <= edge, numbers, array%(high_9)s)) AS up_to_9
FROM ({{measured}})
GROUP BY step
ORDER BY step

-- name: labels_over_time
-- What streams' first chunks were judged to be by their sound, in steps of time.
SELECT intDiv(heard_ms, toInt64(%(step_ms)s)) AS step, label, count() AS chunks
FROM (
    SELECT label, captured_ms AS heard_ms
    FROM verdicts
    WHERE scope = 'chunk' AND cause = 'audio' AND chunk < %(chunks)s
        AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
        AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
    LIMIT 1 BY id
)
GROUP BY step, label
ORDER BY step, label

-- name: review_queue
-- Calls whose outcome says something about their label, for a person to look at; what was reviewed is left out.
-- mistake: dead air was heard, yet the caller passed the voice menu, or spoke. missed: the menu failed without a word, yet
-- speech or nothing certain was heard. agreed: the menu failed without a word, and nobody was heard. What the model was
-- surest of and wrong about comes first, and of what is agreed that which it was least sure of.
SELECT
    call_id, stream_id, chunk, kind, suggested, label, probability, action, chunk_label, chunk_probability, rms_dbfs,
    ivr_result, ended_by, speech_count, captured_ms
FROM (
    SELECT
        call_id, stream_id, chunk, kind, label, probability, action, chunk_label, chunk_probability, rms_dbfs,
        ivr_result, ended_by, speech_count, captured_ms,
        multiIf(
            kind = 'mistake', 'speech',
            chunk_label IN ('dead_air', 'noise'), chunk_label,
            if(rms_dbfs < %(quiet_dbfs)s, 'dead_air', 'noise')
        ) AS suggested
    FROM (
        SELECT
            call_id, label, probability, action, captured_ms, ivr_result, ended_by, speech_count,
            multiIf(
                label = 'dead_air' AND (ivr_result = 'passed' OR speech_count > 0), 'mistake',
                label IN ('speech', 'undecided') AND ivr_result = 'failed' AND speech_count = 0, 'missed',
                label IN ('dead_air', 'noise') AND ivr_result = 'failed' AND speech_count = 0, 'agreed',
                ''
            ) AS kind
        FROM ({{current}}) AS judged
        ALL INNER JOIN ({{told}}) AS told USING call_id
        WHERE kind != '' AND (%(call_id)s = '' OR call_id = %(call_id)s)
    ) AS candidates
    ALL INNER JOIN (
        SELECT call_id, stream_id, chunk, chunk_label, chunk_probability, rms_dbfs
        FROM (
            SELECT call_id, stream_id, chunk, rms_dbfs
            FROM chunk_features
            WHERE direction != 'callee' AND coverage >= %(min_coverage)s
                AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
                AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
            LIMIT 1 BY call_id, stream_id, chunk
        ) AS kept
        ALL INNER JOIN (
            SELECT call_id, stream_id, chunk, toString(label) AS chunk_label, probability AS chunk_probability
            FROM verdicts
            WHERE scope = 'chunk' AND cause = 'audio' AND label IN ('dead_air', 'noise', 'speech', 'undecided')
                AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
                AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
            ORDER BY judged_ms
            LIMIT 1 BY call_id, stream_id, chunk
        ) AS told_apart USING call_id, stream_id, chunk
    ) AS chunks USING call_id
    WHERE (kind != 'mistake' OR chunk_label = 'dead_air') AND call_id NOT IN (SELECT call_id FROM reviews)
    ORDER BY call_id, chunk, stream_id
    LIMIT 1 BY call_id
)
ORDER BY
    indexOf(['mistake', 'missed', 'agreed'], kind), if(kind = 'agreed', 1 - chunk_probability, chunk_probability) DESC,
    captured_ms DESC, call_id
LIMIT %(limit)s

-- name: calls_reviewable
-- Calls whose ids begin so, or that SIP calls so, and of which features are kept.
SELECT call_id, max(captured_ms) AS heard_ms
FROM chunk_features
WHERE startsWith(call_id, %(begin)s) OR call_id IN (
    SELECT call_id FROM verdicts WHERE sip_call_id = %(begin)s
)
GROUP BY call_id
ORDER BY call_id
LIMIT %(limit)s

-- name: features_of_call
-- What is kept of a call's first chunks, each once, in their order.
SELECT stream_id, chunk, direction, coverage, rms_dbfs, features_version, `values`, captured_ms
FROM chunk_features
WHERE call_id = %(call_id)s
ORDER BY captured_ms, stream_id, chunk
LIMIT 1 BY stream_id, chunk

-- name: tones_of_call
-- Tones of a call's chunks, each once.
SELECT stream_id, chunk, symbol, start_s, duration_s
FROM tones
WHERE call_id = %(call_id)s
ORDER BY stream_id, chunk, number
LIMIT 1 BY stream_id, chunk, number

-- name: outcomes_of_call
-- What platforms told of a call, the last word last.
SELECT ivr_result, ended_by, speech_count, duration_s, reported_ms
FROM outcomes
WHERE call_id = %(call_id)s OR (call_id = '' AND sip_call_id IN (
    SELECT sip_call_id FROM verdicts WHERE call_id = %(call_id)s AND sip_call_id != ''
))
ORDER BY reported_ms, ivr_result
LIMIT 1 BY reported_ms, ivr_result, ended_by

-- name: reviews_of_call
-- The newest word on each chunk of a call.
SELECT stream_id, chunk, label, state, reviewer, reason, reviewed_ms
FROM reviews
WHERE call_id = %(call_id)s
ORDER BY stream_id, chunk, reviewed_ms DESC
LIMIT 1 BY stream_id, chunk

-- name: reviewed_examples
-- Chunks that a person has given a label, with all of the model's columns, each by its newest review.
SELECT call_id, stream_id, chunk, label, features_version, `values`
FROM (
    SELECT call_id, stream_id, chunk, label, state, features_version, `values`
    FROM reviews
    ORDER BY reviewed_ms DESC
    LIMIT 1 BY call_id, stream_id, chunk
)
WHERE state = 'accepted'
ORDER BY call_id, stream_id, chunk

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

-- name: campaigns_by_step
-- How many campaigns were heard in each step of time since 1970, in how many calls that began to be heard then, by how many
-- callers, and how many campaigns were new: heard for the first time within the span.
SELECT step, campaigns, calls, callers, if(fresh = 0, toUInt64(0), fresh) AS new_campaigns
FROM (
    SELECT
        intDiv(first_ms, toInt64(%(step_ms)s)) AS step,
        uniqExact(campaign) AS campaigns,
        uniqExact(call_id) AS calls,
        uniqExactIf(number, number != '') AS callers
    FROM (
        SELECT campaign, call_id, max(caller) AS number, min(heard_ms) AS first_ms
        FROM ({{heard}})
        GROUP BY campaign, call_id
    )
    GROUP BY step
) AS counted
ALL LEFT JOIN (
    SELECT intDiv(founded_ms, toInt64(%(step_ms)s)) AS step, count() AS fresh
    FROM (SELECT campaign, min(heard_ms) AS founded_ms FROM ({{heard}}) GROUP BY campaign)
    GROUP BY step
) AS founded USING step
ORDER BY step
LIMIT %(limit)s

-- name: campaign_callers_by_step
-- Each campaign's calls and callers in each step of time since 1970, and how many of the callers it had not had before.
SELECT
    campaign,
    intDiv(moment, toInt64(%(step_ms)s)) AS step,
    count() AS calls,
    uniqExactIf(number, number != '') AS callers,
    uniqExactIf(number, number != '' AND moment = earliest) AS new_callers
FROM (
    SELECT campaign, number, groupArray(first_ms) AS moments, min(first_ms) AS earliest
    FROM (
        SELECT campaign, call_id, max(caller) AS number, min(heard_ms) AS first_ms
        FROM ({{heard}})
        GROUP BY campaign, call_id
    )
    GROUP BY campaign, number
)
ARRAY JOIN moments AS moment
GROUP BY campaign, step
ORDER BY campaign, step
LIMIT %(limit)s

-- name: campaign_trunks
-- How each campaign's calls are spread over trunks ('' where none is told), and which share of them came by each.
SELECT campaign, trunk, part AS calls, callers, part / whole AS share
FROM (
    SELECT campaign, trunk, uniqExact(call_id) AS part, uniqExactIf(caller, caller != '') AS callers
    FROM ({{heard}})
    GROUP BY campaign, trunk
) AS parts
ALL INNER JOIN (
    SELECT campaign, uniqExact(call_id) AS whole
    FROM ({{heard}})
    GROUP BY campaign
) AS wholes USING campaign
ORDER BY whole DESC, campaign, calls DESC, trunk
LIMIT %(limit)s

-- name: calls_touched
-- How many calls that began in each step of time since 1970 belong to a campaign, and how many of those were challenged or
-- blocked.
SELECT
    intDiv(opened_ms, toInt64(%(step_ms)s)) AS step,
    count() AS calls,
    countIf(in_campaign) AS touched,
    countIf(in_campaign AND dry_run = 0 AND action = 'challenge') AS challenged,
    countIf(in_campaign AND dry_run = 0 AND action = 'block') AS blocked
FROM (
    SELECT opened_ms, action, dry_run, call_id IN (SELECT call_id FROM ({{heard}})) AS in_campaign
    FROM ({{current}})
)
GROUP BY step
ORDER BY step
LIMIT %(limit)s

-- name: campaign_delays
-- From a campaign's first call to the first entry it led to and to the first of its calls that was challenged or blocked:
-- moments on the capture clock, 0 where that has not happened. A person's entry is told by that person's clock.
SELECT campaign, calls, first_ms, entry_ms, challenged_ms, blocked_ms
FROM (
    SELECT campaign, calls, first_ms, challenged_ms, blocked_ms
    FROM (
        SELECT campaign, uniqExact(call_id) AS calls, min(heard_ms) AS first_ms
        FROM ({{heard}})
        GROUP BY campaign
    ) AS heard_first
    ALL LEFT JOIN (
        SELECT
            campaign,
            minIf(captured_ms, action = 'challenge') AS challenged_ms,
            minIf(captured_ms, action = 'block') AS blocked_ms
        FROM (SELECT DISTINCT campaign, call_id FROM ({{heard}})) AS members
        ALL INNER JOIN (
            SELECT call_id, toString(action) AS action, captured_ms
            FROM verdicts
            WHERE dry_run = 0 AND action IN ('challenge', 'block')
                AND captured_ms >= %(since_ms)s AND captured_ms < %(until_ms)s
                AND captured_date >= %(since_date)s AND captured_date <= %(until_date)s
        ) AS acted USING call_id
        GROUP BY campaign
    ) AS stopped USING campaign
) AS judged
ALL LEFT JOIN (
    SELECT if(root = '', old_campaign, root) AS campaign, min(created_ms) AS entry_ms
    FROM (
        SELECT if(scope = 'campaign', value, campaign) AS old_campaign, created_ms
        FROM list_entries
        WHERE kind = 'black' AND state = 'active' AND removed = 0 AND (scope = 'campaign' OR campaign != '')
    ) AS listed
    ALL LEFT JOIN ({{merged}}) AS merged USING old_campaign
    GROUP BY campaign
) AS entries USING campaign
ORDER BY calls DESC, first_ms, campaign
LIMIT %(limit)s

-- name: entries_doubted
-- What rules have blacklisted and people have taken back since: whitelisted, protected, or turned off (which a removal by
-- hand does first), and how the entry stands now. Candidates for blocks that were wrong.
SELECT scope, value, campaign, rule, listed_ms, doubt, changed_ms, changed_by, why, stands
FROM (
    SELECT
        scope, value,
        max(campaign) AS campaign,
        minIf(recorded_ms, of_rule) AS listed_ms,
        argMax(if(of_rule, actor, ''), (of_rule, recorded_offset)) AS rule,
        argMax(standing, (recorded_offset, moment)) AS stands
    FROM (
        SELECT
            scope, value, campaign, actor, recorded_ms, recorded_ms AS moment, recorded_offset,
            startsWith(actor, 'rule:') AND state = 'active' AND removed = 0 AS of_rule,
            if(removed = 1, 'removed', toString(state)) AS standing
        FROM (
            SELECT
                scope, value, campaign, toString(actor) AS actor, recorded_ms, recorded_offset, state, removed
            FROM list_entries
            WHERE kind = 'black'
        )
    )
    GROUP BY scope, value
    HAVING max(of_rule) = 1
) AS listed
ALL INNER JOIN (
    SELECT
        scope, value, doubt, min(recorded_ms) AS changed_ms, argMin(person, recorded_ms) AS changed_by,
        argMin(reason, recorded_ms) AS why
    FROM (
        SELECT
            scope, value, recorded_ms, toString(actor) AS person, reason,
            multiIf(kind = 'white', 'whitelisted', kind = 'protected', 'protected', 'turned off') AS doubt
        FROM list_entries
        WHERE removed = 0 AND if(kind = 'black', state = 'disabled', state = 'active')
    )
    GROUP BY scope, value, doubt
) AS changed USING scope, value
WHERE changed_ms >= listed_ms AND changed_ms >= %(since_ms)s AND changed_ms < %(until_ms)s
ORDER BY changed_ms DESC, scope, value, doubt
LIMIT %(limit)s

-- name: stopped_and_passed
-- Callers whose calls were challenged or blocked, by whatever cause, and that passed the voice menu all the same; with the
-- campaign they were heard in, if any. Candidates for blocks that were wrong.
SELECT caller, cause, action, campaign, count() AS calls, max(captured_ms) AS last_ms
FROM (
    SELECT call_id, caller, cause, action, captured_ms
    FROM ({{current}}) AS judged
    ALL INNER JOIN ({{told}}) AS told USING call_id
    WHERE action IN ('challenge', 'block') AND dry_run = 0 AND ivr_result = 'passed'
) AS passed
ALL LEFT JOIN (
    SELECT call_id, min(campaign) AS campaign
    FROM ({{heard}})
    GROUP BY call_id
) AS members USING call_id
GROUP BY caller, cause, action, campaign
ORDER BY calls DESC, last_ms DESC, caller, cause
LIMIT %(limit)s
