-- Parts of a mixed chunk that have one label each, in order; seconds from the chunk's first sample. Empty for other chunks.
ALTER TABLE verdicts ADD COLUMN passages Nested(label {{word}}, start_s Float64, duration_s Float64, probability Float64);
