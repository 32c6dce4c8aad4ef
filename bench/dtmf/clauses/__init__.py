"""The clauses, a subject a file: each holds ``CLAUSES``."""
