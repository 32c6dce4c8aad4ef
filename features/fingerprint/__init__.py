"""Fingerprints of calls: what is kept to find the same recording again, and what an index is asked for."""

from features.fingerprint.axis import BINS, BINS_PER_OCTAVE, CHUNK_FRAMES, FINGERPRINT_VERSION, HOP, RATE, WINDOW
from features.fingerprint.keys import FIRST_KEY, LAST_KEY, SHAPE_BITS, key_frequencies, key_version
from features.fingerprint.postings import POSTINGS_PER_HALF_SECOND, Postings, postings
from features.fingerprint.probes import Probes, probes
from features.fingerprint.stored import STORED_STEP, decode_words, encode_words
from features.fingerprint.stretch import MAX_CHUNKS, Fingerprint, fingerprint, joined
from features.fingerprint.words import SHIFTS, STEPS_PER_OCTAVE, UNSHIFTED

__all__ = [
    "BINS",
    "BINS_PER_OCTAVE",
    "CHUNK_FRAMES",
    "FINGERPRINT_VERSION",
    "FIRST_KEY",
    "HOP",
    "LAST_KEY",
    "MAX_CHUNKS",
    "POSTINGS_PER_HALF_SECOND",
    "RATE",
    "SHAPE_BITS",
    "SHIFTS",
    "STEPS_PER_OCTAVE",
    "STORED_STEP",
    "UNSHIFTED",
    "WINDOW",
    "Fingerprint",
    "Postings",
    "Probes",
    "decode_words",
    "encode_words",
    "fingerprint",
    "joined",
    "key_frequencies",
    "key_version",
    "postings",
    "probes",
]
