"""Whose RTP a datagram is, where several calls come from one address: by SSRC, if that was told."""

from collections import OrderedDict
from typing import Final

from streams.live.lines import named

MAX_SOURCES: Final = 100_000


class Sources:
    """Names of the sources that were told with an SSRC; those not heard for longest go when there are too many.

    A name outlives its call: stragglers are not to be taken for a new one.
    """

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def learn(self, name: str) -> None:
        """Take in a name that `streams.live.lines.named` made."""
        self._names[name] = None
        self._names.move_to_end(name)
        if len(self._names) > MAX_SOURCES:
            self._names.popitem(last=False)

    def name(self, address: str, data: bytes) -> str:
        """Name of a packet's source: its address, unless its SSRC was told."""
        if not self._names or len(data) < 12:
            return address
        ssrc = int.from_bytes(data[8:12], "big")
        for known in (named(address, ssrc), named(None, ssrc)):
            if known in self._names:
                self._names.move_to_end(known)
                return known
        return address

    def __len__(self) -> int:
        return len(self._names)
