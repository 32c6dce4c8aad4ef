"""A live model and the shadow beside it: how far they agree, and what would be done otherwise."""

from collections import Counter

import msgspec

from streams.look.campaigns import EVER_MS
from streams.look.sections import Section
from streams.store import Store
from streams.store.queries import ask


class Confusion(Section, frozen=True, kw_only=True):
    """Chunks that the live model gave one label and the shadow the same or another."""

    live_label: str
    shadow_label: str
    chunks: int
    calls: int


class ChangedCall(Section, frozen=True, kw_only=True):
    """A call to which something else would have been done: the severest actions, and the labels that led to them."""

    call_id: str
    live_action: str
    live_label: str
    shadow_action: str
    shadow_label: str
    last_ms: int


class Comparison(Section, frozen=True, kw_only=True):
    """A live model and its shadow on what both have judged.

    ``chunks``: verdicts on chunks; ``verdicts``: those on a call, at each of its chunks; ``…_alike``: of equal label,
    or action; times in ms since 1970.
    """

    live: str
    shadow: str
    calls: int
    chunks: int
    chunks_alike: int
    verdicts: int
    verdicts_alike: int
    actions_alike: int
    first_ms: int
    last_ms: int
    confused: list[Confusion]
    changed: list[ChangedCall]

    @property
    def actions_changed(self) -> Counter[tuple[str, str]]:
        """How many calls would have had another action, by the live model's and the shadow's."""
        return Counter((each.live_action, each.shadow_action) for each in self.changed)


def compare_models(store: Store, *, since_ms: int) -> list[Comparison]:
    """Each live model and each shadow that judged the same since a moment, the latest first.

    Raises
    ------
    StoreError
        If the store fails.
    """
    span = {"since_ms": since_ms, "until_ms": EVER_MS}  # a capture that is played back fast is ahead of the clock
    confused, changed = ask(store, "models_confused", **span), ask(store, "actions_changed", **span)
    found: list[Comparison] = []
    for row in ask(store, "models_agree", **span):
        pair = row["live"], row["shadow"]
        found.append(
            Comparison(
                **row,
                confused=[msgspec.convert(each, Confusion) for each in confused if _pair(each) == pair],
                changed=[msgspec.convert(each, ChangedCall) for each in changed if _pair(each) == pair],
            )
        )
    return found


def _pair(row: dict[str, object]) -> tuple[object, object]:
    return row["live"], row["shadow"]
