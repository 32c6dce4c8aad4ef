"""How well replayed audio is found again, whatever was done to it, beside other fingerprints on the same audio."""
