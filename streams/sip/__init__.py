"""Parsers of what sets calls up: SIP messages (RFC 3261) and session descriptions (RFC 4566)."""
