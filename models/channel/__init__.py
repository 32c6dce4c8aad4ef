"""What a telephone connection does to a sound, one idea a file: line, echo, codecs, loss, pauses, coding.

Every function takes and gives int16 samples at 8 kHz and, where there is chance in it, a seeded generator.
"""
