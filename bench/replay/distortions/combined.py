"""What comes together on one call."""

from functools import partial
from typing import Final

from bench.heard.speeds import at_speed
from bench.replay.distortions.codecs import tandem
from bench.replay.distortions.kind import Distortion, chain, plain
from bench.replay.distortions.levels import levelled
from bench.replay.distortions.losses import holes, mended
from bench.replay.distortions.noises import hum, noisy
from bench.replay.distortions.rooms import room
from bench.replay.distortions.stretch import at_pitch, at_tempo
from bench.replay.distortions.talk import over
from models.channel.codecs import through
from models.channel.line import band_limit, clip, gain

_GSM, _AMR, _OPUS = (plain(partial(through, codec=codec)) for codec in ("gsm", "amr_4.75", "opus"))

DISTORTIONS: Final = (
    Distortion(
        "GSM, pink noise 10 dB, gain -6 dB",
        "combined",
        chain(_GSM, noisy("pink", 10.0), plain(partial(gain, db=-6.0))),
    ),
    Distortion(
        "speed +3 %, A-law tandem, loss 5 %",
        "combined",
        chain(plain(partial(at_speed, speed=1.03)), plain(tandem), holes(0.05)),
        1.03,
        1.03,
    ),
    Distortion(
        "pitch +4 %, AMR 4.75 kbit/s", "combined", chain(plain(partial(at_pitch, pitch=1.04)), _AMR), pitch=1.04
    ),
    Distortion(
        "tempo -4 %, white noise 10 dB",
        "combined",
        chain(plain(partial(at_tempo, tempo=0.96)), noisy("white", 10.0)),
        tempo=0.96,
    ),
    Distortion("reverberation 0.3 s, babble noise 10 dB", "combined", chain(room(0.3), noisy("babble", 10.0))),
    Distortion(
        "Opus 8 kbit/s, loss 5 % concealed, automatic gain", "combined", chain(_OPUS, mended(0.05), plain(levelled))
    ),
    Distortion(
        "band-pass, hum, clipping 5 %", "combined", chain(plain(band_limit), hum, plain(partial(clip, share=0.05)))
    ),
    Distortion("double talk 5 dB, GSM", "combined", chain(over(5.0), _GSM)),
)
