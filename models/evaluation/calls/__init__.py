"""Whole calls made of held-out chunks, and what callsieve makes of them from second to second."""
