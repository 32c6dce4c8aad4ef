"""Finding a recording in calls by fingerprints: hits, lines through them, agreement along a line, and what chance does.

`hits` joins the rows of an index with a query's probes, `candidates` finds the few calls whose hits lie on a line,
`verify` compares words along it, and `false_match_probability` says how often a query that is in no call scores as
much. `MemoryIndex` holds fingerprints in memory.
"""
