"""Speed, tempo and pitch off by up to 10 %."""

from functools import partial
from typing import Final

from bench.heard.speeds import at_speed
from bench.replay.distortions.kind import Distortion, plain
from bench.replay.distortions.stretch import at_pitch, at_tempo

PERCENTS: Final = (-10, -5, -2, 2, 5, 10)


def _factor(percent: int) -> float:
    return 1.0 + percent / 100.0


DISTORTIONS: Final = (
    *(
        Distortion(f"speed {p:+d} %", "speed", plain(partial(at_speed, speed=_factor(p))), _factor(p), _factor(p))
        for p in PERCENTS
    ),
    *(
        Distortion(f"tempo {p:+d} %", "tempo", plain(partial(at_tempo, tempo=_factor(p))), 1.0, _factor(p))
        for p in PERCENTS
    ),
    *(
        Distortion(f"pitch {p:+d} %", "pitch", plain(partial(at_pitch, pitch=_factor(p))), _factor(p), 1.0)
        for p in PERCENTS
    ),
)
