"""What the outage, fault and flood tests share: one line of figures for each scenario."""

import json
import os
from pathlib import Path


def record_result(name: str, **figures: object) -> None:
    """Print a scenario's figures in one line; append them as JSON to the file that CALLSIEVE_RESULTS names."""
    print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))
    if target := os.environ.get("CALLSIEVE_RESULTS"):
        with Path(target).open("a") as file:
            file.write(json.dumps({"name": name, **figures}, default=str) + "\n")
