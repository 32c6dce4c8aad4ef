"""A packet of speech, and what may come of it."""

from typing import Final

PACKET: Final = 160  # samples: 20 ms at 8 kHz, as nearly every telephone sends
LOST, CODED, COMFORT_NOISE = 0, 1, 2  # as the data set and `models.channel.conditions` tell it
