"""How many entries rest under which key, and when the key before is free to go."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.records import ListEntry
from streams.lists.view import acts


@dataclass(slots=True)
class KeyUse:
    """Entries of one key.

    Attributes
    ----------
    key_id
        Of the key; empty for entries that were made of a hash: they do not say which key that is of.
    in_force, disabled
        Entries that act, and ones that somebody turned off; expired ones count as neither.
    lasting
        How many of both never expire: as long as there is one, the key is needed.
    last_expires_ms
        When the last of the others expires, ms since 1970; None where there are none.
    """

    key_id: str
    in_force: int = 0
    disabled: int = 0
    lasting: int = 0
    last_expires_ms: int | None = None

    @property
    def free(self) -> bool:
        """Whether nothing rests under the key any more."""
        return not self.in_force and not self.disabled


def uses_of(entries: Iterable[ListEntry], now_ms: int, *key_ids: str) -> list[KeyUse]:
    """Use of each key that unexpired entries rest under, those named first; campaigns rest under none."""
    uses = {key_id: KeyUse(key_id) for key_id in key_ids if key_id}
    for entry in entries:
        expired = entry.expires_ms is not None and entry.expires_ms <= now_ms
        if expired or (entry.key_id is None and entry.scope == "campaign"):
            continue
        use = uses.setdefault(entry.key_id or "", KeyUse(entry.key_id or ""))
        if acts(entry, now_ms):
            use.in_force += 1
        else:
            use.disabled += 1
        if entry.expires_ms is None:
            use.lasting += 1
        else:
            use.last_expires_ms = max(use.last_expires_ms or 0, entry.expires_ms)
    return list(uses.values())
