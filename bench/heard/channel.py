"""What happens to trials on their way: noise, codecs, lost packets. Rows follow on each other in one stream."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.channel.codecs import through
from models.channel.laws import LAWS, decode, encode
from models.channel.loss import burst_loss, random_loss
from models.channel.packets import PACKET
from models.sounds.scale import RATE, to_int16

Rows = NDArray[np.int16]
Wide = NDArray[np.float64]
Fill = Literal["zeros", "repetition"]

BURST: Final = 2.0  # packets: mean length of a burst
_REST_S: Final = 0.2  # of silence after the last row, so that a codec's delay costs nothing


def white(rng: np.random.Generator, shape: tuple[int, int], power: float) -> Wide:
    """Make white Gaussian noise over the whole band, 0 to 4 kHz, of a mean square in squared sample units."""
    noise: Wide = rng.standard_normal(shape) * np.sqrt(power)
    return noise


def coded(rows: Rows, codec: str) -> Rows:
    """Code and decode rows as one stream, by a law of G.711 (pcmu, pcma) or a codec of `models.channel.codecs`.

    Raises
    ------
    ModelError
        If the codec's library isn't installed.
    """
    law = next((law for law in LAWS if law == codec), None)
    if law is not None:
        return decode(encode(rows.reshape(-1), law), law).reshape(rows.shape)
    stream = np.concatenate([rows.reshape(-1), np.zeros(round(_REST_S * RATE), np.int16)])
    return through(stream, codec)[: rows.size].reshape(rows.shape)


def lose(
    rng: np.random.Generator, rows: Rows, share: float, fill: Fill, *, bursts: bool = False
) -> tuple[Rows, NDArray[np.bool_]]:
    """Lose packets of 20 ms and fill their places.

    Parameters
    ----------
    rng : numpy.random.Generator
    rows : ndarray of int16, shape (n, samples), samples a multiple of 160
    share : float
        Of packets lost, 0 to below 1.
    fill : "zeros" or "repetition"
        Silence, or the last packet that came once more.
    bursts : bool
        In bursts of `BURST` packets on average, not each by itself.

    Returns
    -------
    rows : ndarray of int16, same shape
    received : ndarray of bool, same shape
        Which samples came.
    """
    packets = rows.reshape(-1, PACKET)
    lost = burst_loss(rng, len(packets), share, BURST) if bursts else random_loss(rng, len(packets), share)
    if fill == "zeros":
        played = np.where(lost[:, None], np.int16(0), packets)
    else:
        newest = np.maximum.accumulate(np.where(lost, -1, np.arange(len(packets))))
        played = np.where((newest >= 0)[:, None], packets[newest], np.int16(0))
    received = np.repeat(~lost, PACKET).reshape(rows.shape)
    return played.astype(np.int16).reshape(rows.shape), received


def noisy(rng: np.random.Generator, rows: Wide, power: float) -> Rows:
    """Add white noise and round."""
    return to_int16(rows + white(rng, (rows.shape[0], rows.shape[1]), power))
