"""What people said of a campaign holds when it turns out to be one with another."""

from collections.abc import Collection
from typing import Final, get_args

from msgspec.structs import replace

from schemas.ids import list_key
from schemas.records import ListEntry, ListKind
from streams.limits import MAX_TEXT
from streams.lists.view import ListView, by_rule, over

KINDS: Final[tuple[ListKind, ...]] = get_args(ListKind)


def carried_over(lists: ListView, campaign: str, aliases: Collection[str], now_ms: int) -> list[ListEntry]:
    """Entries that people made of campaigns merged into another, as entries of that one.

    The old entry stays and acts, for whoever still knows the old id, and says in its `campaign` where it was carried:
    so it is carried once, and not again after somebody has removed what became of it.

    Parameters
    ----------
    lists
        The lists as they are.
    campaign, aliases
        The campaign that is left, and the ids that were merged into it.
    now_ms
        The moment that expiry is reckoned at.

    Returns
    -------
    list of ListEntry
        To be written: entries of ``campaign``, where no person has said anything of it yet, and the old ones, marked.
        Of several old ones a disabled entry goes first, for nobody is to be stopped by mistake.
    """
    made: list[ListEntry] = []
    for kind in KINDS:
        own = lists.get(list_key(kind, "campaign", campaign))
        taken = own is not None and not by_rule(own) and not over(own, now_ms)
        for old in sorted(_of_people(lists, kind, aliases, campaign, now_ms), key=_disabled_first):
            if not taken:
                reason = _carried(old.reason, f"from {old.value}")
                made.append(replace(old, value=campaign, campaign=campaign, reason=reason))
                taken = True
            made.append(replace(old, campaign=campaign, reason=_carried(old.reason, f"to {campaign}")))
    return made


def _of_people(
    lists: ListView, kind: ListKind, aliases: Collection[str], campaign: str, now_ms: int
) -> list[ListEntry]:
    """Entries of a kind that people made of some campaigns, and that were not carried anywhere yet."""
    found = [lists.get(list_key(kind, "campaign", alias)) for alias in aliases if alias != campaign]
    return [
        entry
        for entry in found
        if entry is not None
        and not by_rule(entry)
        and not over(entry, now_ms)
        and entry.campaign in (None, "", entry.value)
    ]


def _disabled_first(entry: ListEntry) -> tuple[bool, int, str]:
    return entry.state != "disabled", entry.created_ms, entry.value


def _carried(reason: str, where: str) -> str:
    return f"{reason} (carried over {where}, as both are one)"[-MAX_TEXT:]
