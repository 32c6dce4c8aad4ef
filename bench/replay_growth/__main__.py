"""The command: ``python -m bench.replay_growth --calls 1000,10000,100000``."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Final

import bench.replay_growth
from bench.heard.corpora import Places
from bench.replay_growth.measure import measure
from bench.replay_growth.page import write_growth

SIZES: Final = (1_000, 10_000, 100_000)


def main() -> None:
    """Run it and write the results."""
    parser = ArgumentParser(prog="python -m bench.replay_growth", description=bench.replay_growth.__doc__)
    parser.add_argument("--calls", default=",".join(map(str, SIZES)), help="sizes of the index, ascending")
    parser.add_argument("--queries", type=int, default=40, help="of each distortion and length")
    parser.add_argument("--unknown", type=int, default=400, help="queries of each length that are in no call")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of recordings")
    parser.add_argument("--index", type=Path, default=Path("build/replay-growth"), help="where the index is put")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    told = parser.parse_args()
    sizes = [int(size) for size in told.calls.split(",")]
    if sizes != sorted(sizes):
        parser.error("sizes ascend")
    for growth in measure(sizes, told.index, Places(data=told.data), count=told.queries, unknown=told.unknown):
        for path in write_growth(growth, told.out):
            print(path, flush=True)


if __name__ == "__main__":
    main()
