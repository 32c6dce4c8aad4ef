"""Keeps recordings that a person spoke about: an index forgets what was not heard for weeks, a list entry does not."""

from datetime import date
from typing import Final

from streams.campaigns.campaigns import Campaigns
from streams.campaigns.tables import portions
from streams.replay.print import call_number
from streams.store.base import Store

FOR_EVER: Final = date(2100, 1, 1)  # within what every version's Date can tell, with the longest expiry added

# Rows expire by the day they were stored: written again with a later day, they take the place of the old ones.
_COLUMNS: Final = {
    "fingerprints": (
        "call_id IN %(calls)s AND call IN %(numbers)s",
        "call, call_id, stream_id, chunk, version, caller, key_id, opened_ms, captured_ms, words, captured_date",
    ),
    "replay_postings": ("call IN %(numbers)s", "key, place, captured_date"),
    "campaign_members": (
        "call_id IN %(calls)s",
        "call_id, campaign, founded_ms, caller, callee, trunk, opened_ms, told, captured_date",
    ),
}


def keep(store: Store, campaign: str, *, until: date = FOR_EVER) -> list[str]:
    """Keep the calls that stand for a campaign in the index, so that its recording is known again after a long silence.

    Parameters
    ----------
    store
        A migrated store.
    campaign
        Any of its ids.
    until
        The day from which on they expire as all others do.

    Returns
    -------
    list of str
        The calls; none where the campaign's edges have expired.

    Raises
    ------
    StoreError
        If the store fails.
    """
    calls = [one.call_id for one in Campaigns(store).representatives(campaign)]
    for some in portions(calls):
        parameters = {"calls": some, "numbers": [call_number(call) for call in some], "until": until}
        for table, (where, columns) in _COLUMNS.items():
            store.execute(
                f"INSERT INTO {table} ({columns}, stored_date) "  # noqa: S608 - all of it stands above
                f"SELECT {columns}, %(until)s FROM {table} WHERE {where}",
                parameters,
            )
    return calls
