"""Contracts: Avro schemas, their typed records and codec, ClickHouse migrations."""
