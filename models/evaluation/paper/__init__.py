"""The dead-air paper reproduced.

Orife, Walker, Flaks, "Audio Spectrogram Factorization for Classification of Telephony Signals below the Auditory
Threshold", arXiv 1811.04139, 2018.
"""
