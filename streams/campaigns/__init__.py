"""Campaigns: recordings heard in several calls, clustered as they are heard and kept in ClickHouse."""

from streams.campaigns.campaigns import MOST_HEARINGS, Campaigns
from streams.campaigns.records import Alias, Edge, Hearing
from streams.campaigns.repair import Repaired, repair
from streams.campaigns.representatives import Representative
from streams.campaigns.shape import Shape

__all__ = [
    "MOST_HEARINGS",
    "Alias",
    "Campaigns",
    "Edge",
    "Hearing",
    "Repaired",
    "Representative",
    "Shape",
    "repair",
]
