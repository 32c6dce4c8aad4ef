"""Sounds of telephone calls, made from a seeded generator: the same seed gives the same samples.

Every function takes a `numpy.random.Generator` (where there is chance in it) and gives int16 samples at 8 kHz.
"""
