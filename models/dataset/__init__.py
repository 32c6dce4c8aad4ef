"""Labelled chunks: where they come from, what was done to them, and how they are kept."""
