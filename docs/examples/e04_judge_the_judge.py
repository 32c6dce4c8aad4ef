"""How right callsieve is about calls of your own: python e04_judge_the_judge.py TRUTH.csv VERDICTS.jsonl.

TRUTH.csv has the columns file, start_s and label, a line for each two seconds you have listened to. VERDICTS.jsonl is
what `callsieve scan --format jsonl` printed for the same files.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

from scipy.stats import binomtest

with open(sys.argv[1], newline="") as file:
    truth = {(row["file"], round(float(row["start_s"]), 1)): row["label"] for row in csv.DictReader(file)}

pairs = []  # what it is, what it was judged to be, in which file
with open(sys.argv[2]) as file:
    for verdict in map(json.loads, file):
        place = (Path(verdict["file"]).name, round(verdict["start_s"], 1))
        if verdict["scope"] == "chunk" and place in truth:
            pairs.append((truth[place], verdict["label"], place[0]))

given, there = Counter(said for _, said, _ in pairs), Counter(label for label, _, _ in pairs)
right = Counter(label for label, said, _ in pairs if label == said)
files = {label: len({file for truly, _, file in pairs if truly == label}) for label in there}


def share(hits: int, n: int) -> str:
    """A share and what it may be with 95 % confidence (Clopper and Pearson)."""
    if n == 0:
        return "none"
    interval = binomtest(hits, n).proportion_ci(0.95, method="exact")
    return f"{hits}/{n} ({100 * interval.low:.1f} to {100 * interval.high:.1f} %)"


for label in sorted(there | given):
    precision, recall = share(right[label], given[label]), share(right[label], there[label])
    print(f"{label}: precision {precision}, recall {recall}, from {files.get(label, 0)} files")
missing = len(truth) - len(pairs)
if missing:
    print(
        f"no verdict for {missing} of the {len(truth)} lines: are start_s and the files' names those of the verdicts?"
    )
