"""Whether a folder is, or can become, a library: nothing is written into a folder that holds something else."""

from itertools import islice
from pathlib import Path
from typing import Final

from models.artifact import INFO_FILE, NAME
from models.errors import ModelError
from models.library.state import FILE

_VERSIONS: Final = f"{NAME}-"  # how the name of each version begins
_OF_THE_DISK: Final = "lost+found"  # stands in a volume that is new


def check_place(folder: Path) -> None:
    """Make sure that a folder is a library, or empty, or not there.

    A library has a ``state.json``; where that was removed, nothing but versions. Hidden files count for nothing.

    Raises
    ------
    ModelError
        If it is a model's folder, holds something else, is no folder, or can't be read; the message says the way out.
    """
    try:
        if not folder.exists() or (folder / FILE).exists():
            return
        if (folder / INFO_FILE).exists():
            raise ModelError(
                f"{folder} is a model, not a library of models: name another folder as the library (CALLSIEVE_MODELS "
                f"or --library), and put the model into it with 'callsieve models add {folder}'"
            )
        strange = (entry.name for entry in folder.iterdir() if not _is_ours(entry))
        if found := list(islice(strange, 1)):
            raise ModelError(
                f"{folder} is no model library: it has no {FILE} but {found[0]!r}; name a library (CALLSIEVE_MODELS or "
                "--library), or an empty or new folder, which 'callsieve models add' makes one"
            )
    except OSError as error:
        raise ModelError(f"the model library {folder} can't be read: {error.strerror}") from error


def _is_ours(entry: Path) -> bool:
    return entry.name.startswith((".", _VERSIONS)) or entry.name == _OF_THE_DISK
