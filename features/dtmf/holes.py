"""Packets that were lost without anybody saying so: a gap of zeros, or the last packet played once more.

Both are recognised when they are over, by the first sample that doesn't fit, and only with the length that a packet or
two of 20 ms have: longer silence is silence.
"""

from typing import Final

from numba import njit

from features.dtmf.keys import BLOCK

_PACKET: Final = 160  # samples
_LEAST_ZEROS: Final = 120  # of a gap: what was sound at the edges of a packet may have been zero
_MOST_ZEROS: Final = 176  # 22 ms; a pause of 30 ms between two presses is none
_MOST_REPEATED: Final = 2 * _PACKET + 40


@njit(cache=True, nogil=True)
def _forget(pcm, known, counts, first, end):  # type: ignore[no-untyped-def]
    for n in range(first, end):
        pcm[n] = 0
        if known[n]:
            known[n] = False
            counts[n // BLOCK] -= 1


@njit(cache=True, nogil=True)
def _mark_zeros(pcm, known, counts, begin):  # type: ignore[no-untyped-def]
    """Mark a gap of zeros that ends in the block from `begin` on."""
    end = begin
    while end < begin + BLOCK and pcm[end] == 0:
        end += 1
    if end == begin + BLOCK or not known[end]:
        return False
    first = end
    while end - first <= _MOST_ZEROS and pcm[first - 1] == 0 and known[first - 1]:
        first -= 1
    if not _LEAST_ZEROS <= end - first <= _MOST_ZEROS or not known[first - 1]:
        return False
    _forget(pcm, known, counts, first, end)
    return True


@njit(cache=True, nogil=True)
def _mark_repetition(pcm, known, counts, begin):  # type: ignore[no-untyped-def]
    """Mark packets that repeat the one before when the repetition ends in the block from `begin` on."""
    end = begin
    while end < begin + BLOCK and pcm[end] == pcm[end - _PACKET]:
        end += 1
    if end == begin + BLOCK or not known[end]:
        return False
    first = end
    while end - first <= _MOST_REPEATED and pcm[first - 1] == pcm[first - 1 - _PACKET] and known[first - 1]:
        first -= 1
    if not _PACKET <= end - first <= _MOST_REPEATED:
        return False
    sound = 0
    for n in range(end - _PACKET, end):
        sound += pcm[n] != 0
    if sound < BLOCK:
        return False
    _forget(pcm, known, counts, end - _PACKET * ((end - first) // _PACKET), end)
    return True


@njit(cache=True, nogil=True)
def mark_holes(pcm, known, counts, b):  # type: ignore[no-untyped-def]
    """Mark a filled-in packet that ended in block `b` as not received, and silence it (kernel).

    ``known`` and ``counts``, the number of samples received in each block, are changed, and ``pcm``; `b` is at least
    13. Returns from which block on something changed, or `b` + 1.
    """
    before = b * BLOCK - 1
    if pcm[before] == 0 and _mark_zeros(pcm, known, counts, before + 1):
        return b - 1 - _MOST_ZEROS // BLOCK
    if pcm[before] == pcm[before - _PACKET] and _mark_repetition(pcm, known, counts, before + 1):
        return b - 1 - _MOST_REPEATED // BLOCK
    return b + 1
