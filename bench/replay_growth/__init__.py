"""How the replay index behaves as it grows: ``python -m bench.replay_growth --calls 1000,10000,100000``.

Real calls are enrolled among made-up ones, in ClickHouse in this process, through the code that production runs; at
each size the same queries are asked.
"""
