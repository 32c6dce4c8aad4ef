"""Which version is meant by the beginning of its name."""

from collections.abc import Sequence

from models.artifact import SHIPPED, read_info
from models.errors import ModelError
from models.library.state import SHIPPED_NAME


def find_name(begin: str, names: Sequence[str]) -> str:
    """The one of a library's names that begins so; what follows the dash of a version will do.

    Parameters
    ----------
    begin : str
    names : sequence of str
        As from `Library.names`, the shipped model's among them.

    Raises
    ------
    ModelError
        If no version, or more than one, begins so.
    """
    if begin in names:
        return begin
    # of the same model twice the one in the library counts, which stays when the program is updated
    versions = {read_info(SHIPPED).version: SHIPPED_NAME} | {name: name for name in names if name != SHIPPED_NAME}
    found = [
        version
        for version in sorted(versions)
        if begin and (version.startswith(begin) or version.rpartition("-")[2].startswith(begin))
    ]
    if begin in found or len(found) == 1:
        return versions[begin if begin in found else found[0]]
    if not found:
        raise ModelError(f"no model's version begins with {begin[:40]!r}: see 'callsieve models list'")
    raise ModelError(f"several models' versions begin with {begin[:40]!r}: {', '.join(found)}")
