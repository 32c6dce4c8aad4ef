"""The DTMF detector of one stream."""

import numpy as np
from numpy.typing import NDArray

from features.dtmf.bank import sum_blocks
from features.dtmf.fit import FITTED, HIGH_HZ, HIGH_POWER, LOW_HZ, LOW_POWER, PURITY
from features.dtmf.gates import MIN_LEVEL_DBM0
from features.dtmf.judge import references
from features.dtmf.keys import BLOCK, COLUMNS, KEYS, REACH, ROWS, SAMPLE_RATE
from features.dtmf.run import ASKED, ENDED, HOLE, KNOWN, LAST, MIN_SHARE, OFF, ON, START, STATE, advance
from features.samples import MAX_SNR_DB, check_rate, check_samples, power_at
from features.tone import Tone

_AT_ONCE = 80_000  # samples walked over at once, 10 s: what is computed of them takes eight times their room


class DtmfDetector:
    """Finds the keys pressed in one stream of 8 kHz audio.

    Decisions lie on blocks of 5 ms counted from the first sample ever fed, and look back 125 ms at most: however the
    stream is cut into pieces, the same tones come out, bit for bit.

    Parameters
    ----------
    rate
        Samples a second: 8000.
    dbm0_offset
        dBm0 minus dBFS, dB: 6.22 for mu-law, 6.15 for A-law (G.711).

    Raises
    ------
    ValueError
        For another rate: resample to 8000 Hz first.
    """

    def __init__(self, rate: int = SAMPLE_RATE, *, dbm0_offset: float = 6.22) -> None:
        check_rate(rate)
        self._offset = dbm0_offset
        self._floor = power_at(MIN_LEVEL_DBM0, dbm0_offset)
        self._blocks = 0  # walked over
        self._pcm = np.zeros(REACH * BLOCK, np.int16)  # the last `REACH` blocks, and what isn't a block yet
        self._known = np.ones(REACH * BLOCK, np.bool_)
        self._sums = np.zeros((REACH, 8), np.complex64)
        self._powers = np.zeros((REACH, 8), np.float32)
        self._energies = np.zeros(REACH, np.float32)
        self._counts = np.full(REACH, BLOCK, np.int64)
        self._state = np.zeros(STATE, np.int64)
        self._state[[ON, ASKED]] = -1
        self._state[[ENDED, HOLE]] = -REACH
        known = references()
        self._judges = (known.rows, known.is_key, known.first, known.centre, known.scale)
        self._held = np.zeros(FITTED)
        self._expected = np.zeros(2)

    def feed(self, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> list[Tone]:
        """Listen on.

        Parameters
        ----------
        pcm
            The next samples, shape (n,), int16; any n, 0 too.
        received
            Which of them came, shape (n,), bool; None means all. What stands at the others is ignored.

        Returns
        -------
        list[Tone]
            Tones that ended, in order of start. Times count from the first sample ever fed.

        Raises
        ------
        ValueError
            If `pcm` is not one-dimensional int16, or `received` not as many bool.
        """
        check_samples(pcm, received)
        tones: list[Tone] = []
        for first in range(0, len(pcm), _AT_ONCE):
            piece = slice(first, first + _AT_ONCE)
            tones += self._listen(pcm[piece], None if received is None else received[piece])
        return tones

    def flush(self) -> list[Tone]:
        """Return the tone that is on, if any; nothing is reset, and no tone is accepted that was not known before."""
        state = self._state
        if state[ON] < 0:
            return []
        row = np.array([state[ON], state[START], (state[LAST] + 1) * BLOCK, state[KNOWN]])
        return [self._tone(row, self._held, continues=bool(state[OFF] == 0))]

    def _listen(self, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> list[Tone]:
        if received is None:
            received = np.ones(len(pcm), np.bool_)
        samples = np.concatenate([self._pcm, np.where(received, pcm, np.int16(0))])
        known = np.concatenate([self._known, received])
        blocks = len(samples) // BLOCK
        if blocks == REACH:
            self._pcm, self._known = samples, known
            return []
        tones = self._walk(samples, known, blocks)
        rest = (blocks - REACH) * BLOCK
        self._pcm, self._known = samples[rest:].copy(), known[rest:].copy()
        return tones

    def _walk(self, samples: NDArray[np.int16], known: NDArray[np.bool_], blocks: int) -> list[Tone]:
        new = blocks - REACH
        sums = np.concatenate([self._sums, np.empty((new, 8), np.complex64)])
        powers = np.concatenate([self._powers, np.empty((new, 8), np.float32)])
        energies = np.concatenate([self._energies, np.empty(new, np.float32)])
        fresh = slice(REACH * BLOCK, blocks * BLOCK)
        sum_blocks(samples[fresh], sums[REACH:], powers[REACH:], energies[REACH:])
        came = known[fresh].reshape(new, BLOCK).sum(axis=1, dtype=np.int64)
        counts = np.concatenate([self._counts, came])
        found = np.empty((new + 1, 4), np.int64)
        kept = np.empty((new + 1, FITTED))
        ended = advance(
            samples, known, counts, sums, powers, energies, self._blocks - REACH, self._floor, MIN_SHARE,
            self._state, self._held, self._expected, self._judges, found, kept,
        )  # fmt: skip
        self._blocks += new
        self._sums, self._powers = sums[new:].copy(), powers[new:].copy()
        self._energies, self._counts = energies[new:].copy(), counts[new:].copy()
        return [self._tone(found[i], kept[i]) for i in range(ended)]

    def _tone(self, row: NDArray[np.int64], fit: NDArray[np.float64], *, continues: bool = False) -> Tone:
        key, start, end, known = (int(value) for value in row)
        low, high = float(fit[LOW_POWER]), float(fit[HIGH_POWER])
        purity = min(float(fit[PURITY]), 1 - 1e-9)
        level = 10 * np.log10((low + high) / 32768.0**2) + self._offset
        error = max(abs(fit[LOW_HZ] / ROWS[key // 4] - 1), abs(fit[HIGH_HZ] / COLUMNS[key % 4] - 1))
        return Tone(
            symbol=KEYS[key],
            start_s=max(start, 0) / SAMPLE_RATE,
            duration_s=(end - max(start, 0)) / SAMPLE_RATE,
            level_dbm0=float(level),
            twist_db=float(10 * np.log10(high / low)),
            frequency_error=float(error),
            snr_db=float(min(10 * np.log10(purity / (1 - purity)), MAX_SNR_DB)),
            known_s=known / SAMPLE_RATE,
            continues=continues,
        )
