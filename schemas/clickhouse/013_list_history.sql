-- What else a version of a list entry tells, so that one taken back is whole again; older versions tell nothing of it.
ALTER TABLE list_entries
    ADD COLUMN listed_ms Nullable(Int64),
    ADD COLUMN trunk {{word}},
    ADD COLUMN prefixes Array(String);
