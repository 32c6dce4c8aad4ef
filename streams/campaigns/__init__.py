"""Campaigns: recordings heard in several calls, clustered as they are heard and kept in ClickHouse."""

from streams.campaigns.campaigns import Campaigns
from streams.campaigns.records import Alias, Edge, Hearing
from streams.campaigns.repair import Repaired, repair
from streams.campaigns.representatives import Representative
from streams.campaigns.shape import Shape

__all__ = [
    "Alias",
    "Campaigns",
    "Edge",
    "Hearing",
    "Repaired",
    "Representative",
    "Shape",
    "repair",
]
