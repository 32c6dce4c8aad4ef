"""Simulated telephone traffic and its truth: planned from a seed, rendered to packets; same seed, same bytes."""
