"""Which versions of the fingerprint an index holds."""

from features.fingerprint import FINGERPRINT_VERSION
from streams.replay import sql
from streams.store.base import Store, StoreError


class IndexVersionError(StoreError):
    """The index was written by a newer program; the message says which version it has."""


def older_prints(store: Store) -> dict[int, int]:
    """Count the chunks that were enrolled by an older version of the fingerprint, by version.

    They are never found: keys begin with their version, and words are read by version. They expire as all others do.

    Raises
    ------
    IndexVersionError
        If there are chunks of a newer version: this program would add what that one cannot find.
    StoreError
        If the store fails.
    """
    found = {int(row["version"]): int(row["chunks"]) for row in store.query(sql.VERSIONS)}
    newest = max(found, default=0)
    if newest > FINGERPRINT_VERSION:
        raise IndexVersionError(
            f"the index holds fingerprints of version {newest}, this program makes and reads version"
            f" {FINGERPRINT_VERSION}: update it, or give it a store of its own"
        )
    return {version: chunks for version, chunks in found.items() if version < FINGERPRINT_VERSION}
