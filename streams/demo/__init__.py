"""The demo: everything at once, on one machine, judged against the truth of what was simulated."""
