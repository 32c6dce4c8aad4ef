"""The facts of a machine that a figure means little without."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil

from bench.result import Machine

LIBRARIES: Final = (
    "numpy", "scipy", "numba", "scikit-learn", "fastavro", "msgspec", "dpkt", "confluent-kafka", "faust-streaming",
    "chdb", "clickhouse-driver",
)  # fmt: skip
_ROOT: Final = Path(__file__).parent.parent


def machine() -> Machine:
    """Look at the machine as it is now."""
    return Machine(
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        libraries={name: found for name in LIBRARIES if (found := _version(name))},
        load=round(os.getloadavg()[0], 2),
    )


def commit() -> str:
    """Short hash of the checked-out commit, with ``+`` where files that git knows were changed; empty outside git."""
    try:
        known = subprocess.run(
            ["git", "-C", str(_ROOT), "describe", "--always", "--exclude=*", "--dirty=+"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return known.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
