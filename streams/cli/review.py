"""``callsieve review``: calls whose outcome says something about their label, for people to look at."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from streams.cli.lists.common import actor
from streams.cli.options import StoreUrl, settings_of

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    from streams.learning.reviews import Review

review = typer.Typer(
    help="Look at calls whose outcome contradicts, or confirms, what was heard; what is accepted is learnt from.",
    no_args_is_help=True,
)

Calls = Annotated[
    list[str],
    typer.Argument(help="begin of the call's id, or its SIP Call-ID", metavar="CALL...", show_default=False),
]
# What nothing is learnt of is no choice. Written out, as all that models are made of loads too slowly for --help.
Label = Literal["dead_air", "noise", "speech", "music_or_hold", "fax", "modem", "busy", "ringback", "sit", "dtmf"]
Actor = Annotated[str | None, typer.Option("--actor", help="who says so; by default you", show_default=False)]
Output = Annotated[Literal["table", "jsonl"], typer.Option("--format", help="for people or for programs")]


@review.command("list")
def list_all(
    since: Annotated[str, typer.Option(help="heard since: 24h, 7d, today, or a date or time")] = "7d",
    limit: Annotated[int, typer.Option(help="so many at most", min=1)] = 20,
    output: Output = "table",
    store: StoreUrl = None,
) -> None:
    """List calls that nobody has reviewed, those first that teach most.

    mistake: judged dead air, but the caller passed the voice menu or spoke. missed: failed the menu without a word, yet
    not judged silent. agreed: failed the menu without a word, and nobody was heard.
    """
    import msgspec
    from rich.console import Console

    from streams.clock import now_ms
    from streams.learning.reviews import review_queue
    from streams.look.learning import queue_table
    from streams.look.report import AHEAD_MS
    from streams.look.span import since_ms
    from streams.look.store import migrated_store

    settings = settings_of(store=store)
    now = now_ms()
    begin = since_ms(since, now)
    with migrated_store(settings.store) as opened:
        found = review_queue(opened, since_ms=begin, until_ms=now + AHEAD_MS, limit=limit)
    if output == "jsonl":
        for each in found:
            typer.echo(msgspec.json.encode(each).decode())
    elif found:
        Console(highlight=False).print(queue_table(found))
    else:
        typer.echo(f"nothing to review since {since}: no outcome says anything about an unreviewed call")


@review.command("show")
def show(
    call: Annotated[
        str, typer.Argument(help="begin of its id, or its SIP Call-ID", metavar="CALL", show_default=False)
    ],
    store: StoreUrl = None,
) -> None:
    """Show all that is known of a call: what was heard first, what became of it, what people said; no audio is kept."""
    from rich.console import Console

    from streams.learning.reviews import candidate_of, find_call, kept_chunks, reviews_of
    from streams.look.learning import call_view
    from streams.look.store import migrated_store
    from streams.store.queries import ask

    with migrated_store(settings_of(store=store).store) as opened:
        call_id, heard_ms = find_call(opened, call)
        view = call_view(
            call_id,
            candidate_of(opened, call_id, heard_ms),
            kept_chunks(opened, call_id),
            ask(opened, "verdicts_of_call", call_id=call_id),
            ask(opened, "outcomes_of_call", call_id=call_id),
            reviews_of(opened, call_id),
        )
    Console(highlight=False).print(view)


@review.command("accept")
def accept(
    calls: Calls,
    label: Annotated[
        Label | None, typer.Option(help="what the chunk is; by default what is suggested", show_default=False)
    ] = None,
    chunk: Annotated[
        int | None, typer.Option(help="which chunk; by default the suggestion's", min=0, show_default=False)
    ] = None,
    by: Actor = None,
    store: StoreUrl = None,
) -> None:
    """Say what a chunk of a call is: the next training learns it (callsieve train --reviewed)."""
    from streams.clock import now_ms
    from streams.learning.reviews import accept as accept_one
    from streams.look.store import migrated_store

    with migrated_store(settings_of(store=store).store) as opened:
        for call in calls:
            _tell(*accept_one(opened, call, label=label, chunk=chunk, reviewer=by or actor(), now_ms=now_ms()))


@review.command("reject")
def reject(
    calls: Calls,
    reason: Annotated[str, typer.Option(help="why, for whoever asks later", show_default=False)],
    by: Actor = None,
    store: StoreUrl = None,
) -> None:
    """Say that the suggestion is wrong or can't be told: the call is not asked again and nothing is learnt of it."""
    from streams.clock import now_ms
    from streams.learning.reviews import reject as reject_one
    from streams.look.store import migrated_store

    with migrated_store(settings_of(store=store).store) as opened:
        for call in calls:
            _tell(*reject_one(opened, call, reason=reason, reviewer=by or actor(), now_ms=now_ms()))


def _tell(call_id: str, made: "Review") -> None:
    said = f" as {made.label}" if made.label else ""
    typer.echo(f"{call_id[:12]} chunk {made.chunk} {made.state}{said}")
