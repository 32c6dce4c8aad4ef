"""The tap: packets in capture order in, batches of segments for Kafka's partitions out."""

from streams.tap.call import CallInfo
from streams.tap.settings import TapCounters, TapSettings
from streams.tap.tap import Tap
from streams.tap.told import ToldCall, ToldCalls, ToldError

__all__ = ["CallInfo", "Tap", "TapCounters", "TapSettings", "ToldCall", "ToldCalls", "ToldError"]
