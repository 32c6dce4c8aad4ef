"""Codecs that a call passed before the last leg's G.711. G.729 is left out: no free coder of it is at hand."""

from functools import partial
from typing import Final

from bench.replay.distortions.kind import Distortion, Pcm, plain
from models.channel.codecs import through
from models.channel.laws import decode, encode

TANDEM: Final = 4  # codings, A-law and mu-law in turn


def tandem(pcm: Pcm) -> Pcm:
    """Code in A-law and mu-law, two times each."""
    for _ in range(TANDEM // 2):
        pcm = decode(encode(decode(encode(pcm, "pcma"), "pcma"), "pcmu"), "pcmu")
    return pcm


def twice(pcm: Pcm, codec: str) -> Pcm:
    """Code two times, as from one mobile to another through gateways."""
    return through(through(pcm, codec), codec)


DISTORTIONS: Final = (
    Distortion("A-law and mu-law tandem", "codec", plain(tandem)),
    Distortion("GSM", "codec", plain(partial(through, codec="gsm"))),
    Distortion("GSM twice", "codec", plain(partial(twice, codec="gsm"))),
    Distortion("AMR 12.2 kbit/s", "codec", plain(partial(through, codec="amr_12.2"))),
    Distortion("AMR 4.75 kbit/s", "codec", plain(partial(through, codec="amr_4.75"))),
    Distortion("G.723.1 6.3 kbit/s", "codec", plain(partial(through, codec="g723_1"))),
    Distortion("G.726 32 kbit/s", "codec", plain(partial(through, codec="g726"))),
    Distortion("Opus 8 kbit/s", "codec", plain(partial(through, codec="opus"))),
)
