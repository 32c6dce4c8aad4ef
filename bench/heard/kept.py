"""What a whole run measured isn't lost to a run of a part."""

import shlex
from pathlib import Path

import msgspec

from bench.result import BenchError


class _Report(msgspec.Struct):
    """What every report on tones and digits says of itself."""

    command: str
    half: str
    quick: bool

    @property
    def whole(self) -> bool:
        return self.half == "report" and not self.quick and "--only" not in shlex.split(self.command)


def keep_whole(path: Path, *, part: bool) -> None:
    """See that no part of the figures is written over all of them; called before anything runs.

    Parameters
    ----------
    path : Path
        Of the report to be written. What is no report may be overwritten.
    part : bool
        Whether the new one is quick, of the half that tunes, or of some cases only.

    Raises
    ------
    BenchError
        If a part would overwrite a whole run.
    OSError
        If there is a report that can't be read.
    """
    if not part or not path.exists():
        return
    try:
        known = msgspec.json.decode(path.read_bytes(), type=_Report)
    except msgspec.DecodeError:
        return
    if known.whole:
        raise BenchError(
            f"{path} holds a whole run, and --quick, --tune and --only measure less: name another folder with --out, "
            "or remove that file first"
        )
