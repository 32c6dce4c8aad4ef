"""Every tone but DTMF in one stream: samples in, in pieces of any length; tones out."""

import copy
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.samples import check_rate, check_samples, power_at
from features.tone import Tone
from features.tones.answer import name_answer
from features.tones.bursts import INSET, Burst, ended, longest_received, measure
from features.tones.frames import GROUP, HOP, SAMPLE_RATE, SPAN, WINDOW, look, new_table
from features.tones.naming import Naming
from features.tones.signals import is_answer
from features.tones.track import Run, Tracker
from features.tones.v21 import is_v21

LEAST_DBM0: Final = -44.0  # of a frame: what is quieter is no tone
_REMEMBERED: Final = 48_000  # samples, 6 s: what a burst is measured on
_MEASURED_AT: Final = 28_000  # samples after which a run that is still on is measured once for all
_V21_S: Final = 0.2


class ToneDetector:
    """Finds call progress, special information, fax, modem, test tones and beeps in one stream of 8 kHz audio.

    Decisions lie on a grid of 128 samples counted from the first sample ever fed: however the stream is cut into
    pieces, the same tones come out. A tone is known (`Tone.known_s`) from at most 1,024 samples; its name may need all
    of it and of what follows, so tones come out up to 3.5 s after their end.

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
        self._least_power = power_at(LEAST_DBM0, dbm0_offset)
        self._pcm = np.empty(0, np.int16)
        self._received: NDArray[np.bool_] | None = None  # none was lost yet
        self._base = 0  # number of the first sample kept
        self._end = 0  # number of the sample after the last one fed
        self._frame = 0  # number of the next group's first frame
        self._table = new_table()
        self._tracker = Tracker()
        self._naming = Naming(dbm0_offset)
        self._measured: tuple[Run, Burst, str | None] | None = None  # of a long run, while it is on

    def feed(self, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None = None) -> list[Tone]:
        """Listen on.

        Parameters
        ----------
        pcm
            The next samples, shape (n,), int16; any n, 0 too.
        received
            Which of them came, shape (n,), bool; None means all.

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
        for first in range(0, len(pcm), _REMEMBERED):
            piece = slice(first, first + _REMEMBERED)
            self._keep(pcm[piece], None if received is None else received[piece])
            while self._end >= self._frame * HOP + SPAN:
                self._group(GROUP)
                tones += self._naming.settle(self._frame * HOP)
        return tones

    def flush(self) -> list[Tone]:
        """Return what `feed` would still have to give if the stream ended here; change nothing.

        Tones that are on have ``continues=True``; those that ended but wait for what follows are given the names that
        they have so far. Nothing is given that is not known yet.
        """
        return copy.deepcopy(self).finish()

    def finish(self) -> list[Tone]:
        """End the stream: as `flush`, but faster; the detector can't be used any more."""
        frames = (self._end - self._frame * HOP - WINDOW) // HOP + 1
        if frames > 0:
            missing = self._frame * HOP + SPAN - self._end
            self._keep(np.zeros(missing, np.int16), None)
            self._end -= missing
            self._group(frames)
        else:
            frames = GROUP  # the table still ends with the last group
        self._tracker.close(self._table, self._frame - frames, frames, self._ended)
        return self._naming.finish(self._end)

    def _keep(self, pcm: NDArray[np.int16], received: NDArray[np.bool_] | None) -> None:
        used = self._end - self._base
        if used + len(pcm) > len(self._pcm):
            used -= self._forget(used, len(pcm))
        new = slice(used, used + len(pcm))
        self._pcm[new] = pcm
        if self._received is None and received is not None and not received.all():
            self._received = np.ones(len(self._pcm), np.bool_)
        if self._received is not None:
            self._received[new] = True if received is None else received
        self._end += len(pcm)

    def _forget(self, used: int, more: int) -> int:
        """Make room for so many more samples; return how many old ones are gone."""
        gone = max(min(self._frame * HOP - _REMEMBERED - self._base, used), 0)
        room = max(2 * (used - gone + more), len(self._pcm))
        pcm = np.empty(room, np.int16)
        pcm[: used - gone] = self._pcm[gone:used]
        if self._received is not None:
            received = np.ones(room, np.bool_)
            received[: used - gone] = self._received[gone:used]
            self._received = received
        self._pcm = pcm
        self._base += gone
        return gone

    def _group(self, frames: int) -> None:
        """Look at the next `frames` frames."""
        at = self._frame * HOP - self._base
        window = slice(at, at + SPAN)
        received = None if self._received is None else self._received[window]
        steady = look(self._pcm[window], received, self._least_power, self._table)
        first, self._frame = self._frame, self._frame + frames
        if steady or self._tracker.run is not None:
            self._tracker.follow(self._table, first, frames, self._ended)
        run = self._tracker.run
        if run is not None and self._measured is None and self._frame * HOP - run.start >= _MEASURED_AT:
            burst = self._burst(run)
            self._measured = run, burst, self._symbol(burst)

    def _ended(self, run: Run) -> None:
        if self._measured is not None and self._measured[0] is run:
            _, burst, symbol = self._measured
            burst = ended(burst, run, self._came(), self._base, self._heard())
        else:
            burst = self._burst(run)
            symbol = self._symbol(burst)
        self._measured = None
        self._naming.add(burst, symbol)

    def _heard(self) -> int:
        return min((self._frame - 1) * HOP + WINDOW, self._end)

    def _burst(self, run: Run) -> Burst:
        return measure(run, self._pcm[: self._end - self._base], self._came(), self._base, self._heard())

    def _came(self) -> NDArray[np.bool_] | None:
        return None if self._received is None else self._received[: self._end - self._base]

    def _symbol(self, burst: Burst) -> str | None:
        """Return the name of a burst that only its samples tell: an answer tone's kind, V.21; "" is nothing."""
        answer = is_answer(burst)
        if not answer and not burst.keyed:
            return None
        first, last = int(burst.start) + INSET - self._base, int(burst.end) - INSET - self._base
        first, last = max(first, 0), min(max(last, first, 0), self._end - self._base)
        received = self._received
        if answer:
            came = None if received is None else received[first:last]
            return name_answer(self._pcm[first:last], came, burst.frequency)
        first, last = longest_received(received, first, last)
        samples = self._pcm[first:last]
        return "v21" if (burst.seconds >= _V21_S or not burst.whole) and is_v21(samples) else ""
