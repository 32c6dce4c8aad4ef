"""Replayed audio: fingerprints enrolled in ClickHouse, searched by keys and verified by words."""

from streams.replay.enrolment import enroll
from streams.replay.index import Enrolled, ReplayIndex, ReplayMatch
from streams.replay.print import Print
from streams.replay.search import Found, Query, Searcher

__all__ = ["Enrolled", "Found", "Print", "Query", "ReplayIndex", "ReplayMatch", "Searcher", "enroll"]
