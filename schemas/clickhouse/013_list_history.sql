-- What else a version of a list entry tells, so that one taken back is whole again.
ALTER TABLE list_entries ADD COLUMN listed_ms Nullable(Int64);
ALTER TABLE list_entries ADD COLUMN trunk {{word}};
ALTER TABLE list_entries ADD COLUMN prefixes Array(String);
