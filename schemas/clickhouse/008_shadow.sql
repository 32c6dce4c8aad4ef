-- Verdicts of models that are tried beside the live one, as they stand in call.verdicts.shadow: the columns of verdicts, and
-- ids that do not depend on the model, so that both models' verdicts on the same chunk or call carry the same id.
CREATE TABLE IF NOT EXISTS shadow_verdicts AS verdicts
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY captured_date
ORDER BY (call_id, stream_id, chunk, scope, cause, evidence_id, model)
{{ttl: stored_date + INTERVAL 90 DAY}};
