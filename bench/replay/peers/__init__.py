"""Others' ways of finding a recording again, on the same audio."""
