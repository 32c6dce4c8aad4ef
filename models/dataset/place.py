"""Where a data set stands: the files that make one, and what may be replaced by one."""

from pathlib import Path
from typing import Final

import msgspec

HEAD_FILE, ENTRIES_FILE, CODES_FILE, PACKETS_FILE = "dataset.json", "entries.jsonl.gz", "codes.npy", "packets.npy"
PLACE: Final = Path("build/dataset")  # where the commands look unless told
_FILES: Final = {HEAD_FILE, ENTRIES_FILE, CODES_FILE, PACKETS_FILE}
_NAMED: Final = 3  # of the files in the way


def in_the_way(path: Path) -> str:
    """Why no data set may take a path's place: empty where nothing stands, an empty folder, or a data set alone.

    Parameters
    ----------
    path : Path
        Where one is to be written.

    Returns
    -------
    str
        Half a sentence about the path, or nothing.
    """
    if not path.exists():
        return ""
    if not path.is_dir():
        return f"{path} is not a data set but a file"
    names = {one.name for one in path.iterdir()}
    if names and HEAD_FILE not in names:
        return f"{path} is not a data set: {_some(names)} stands there"
    if names and not _is_ours(path / HEAD_FILE):
        return f"{path} is not a data set: its {HEAD_FILE} is another's, or broken"
    return f"{path} holds more than a data set: {_some(names - _FILES)}" if names - _FILES else ""


def way_out(path: Path) -> str:
    """What to do when no data set can be opened at a path: half a sentence, which never leads to a refused build."""
    try:
        taken = in_the_way(path) != ""
    except OSError:  # nobody may look into it
        taken = True
    if not taken:
        return f"build it: callsieve dataset build --out {path}"
    if path.resolve() == PLACE.resolve():
        return "move it away, then build one: callsieve dataset build"
    return f"give --dataset {PLACE}, which 'callsieve dataset build' makes"


class _Mark(msgspec.Struct, frozen=True):
    """What the head of every format has."""

    format: int
    builder: int
    seed: int
    files: dict[str, str]


def _is_ours(head: Path) -> bool:
    try:
        msgspec.json.decode(head.read_bytes(), type=_Mark)
    except (OSError, msgspec.DecodeError):
        return False
    return True


def _some(names: set[str]) -> str:
    more = ["and more"] if len(names) > _NAMED else []
    return ", ".join(sorted(names)[:_NAMED] + more)
