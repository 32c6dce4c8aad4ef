"""The black- and whitelist: read, written by hand, and filled by rules."""

from streams.lists.view import ListHit, ListView, acts, by_rule

__all__ = ["ListHit", "ListView", "acts", "by_rule"]
