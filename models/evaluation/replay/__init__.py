"""The paper on replayed calls, reproduced.

Pörschmann, Knospe, "Spectral Analysis of Audio Signals for the Identification of Spam Over IP Telephony": calls
are told to be duplicates by codebooks of spectral flatness and crest; white noise broke that, so they turned to
spectral peaks.
"""
