"""``callsieve verdicts``: what is judged, as it is judged."""

import sys
from collections.abc import Collection
from typing import Annotated, Literal, get_args

import typer

from streams.cli.options import Broker, Prefix, Registry, settings_of
from streams.look.plain import printable

verdicts = typer.Typer(help="Watch the verdicts.", no_args_is_help=True)


@verdicts.command("tail")
def tail(
    label: Annotated[
        list[str] | None, typer.Option(help="only this label; give it again for more", metavar="LABEL")
    ] = None,
    action: Annotated[
        list[str] | None, typer.Option(help="allow, tag, challenge, divert or block", metavar="ACTION")
    ] = None,
    cause: Annotated[
        list[str] | None, typer.Option(help="audio, tone, replay, black or white", metavar="CAUSE")
    ] = None,
    scope: Annotated[
        Literal["chunk", "call"] | None, typer.Option(help="only on two seconds, or only on whole calls")
    ] = None,
    call: Annotated[str, typer.Option(help="only this call: the begin of its id, or its SIP Call-ID")] = "",
    since: Annotated[
        str | None, typer.Option(help="begin so long ago, 10m or 24h or today; otherwise now", show_default=False)
    ] = None,
    min_probability: Annotated[float, typer.Option(help="only this sure, and surer", min=0.0, max=1.0)] = 0.0,
    limit: Annotated[int | None, typer.Option(help="end after so many", min=1, show_default=False)] = None,
    follow: Annotated[bool, typer.Option(help="wait for more, or end with what there is now")] = True,
    json: Annotated[bool, typer.Option("--json", help="an object a line, named as in scan --format jsonl")] = False,
    broker: Broker = None,
    prefix: Prefix = None,
    registry: Registry = None,
) -> None:
    """Show verdicts live from Kafka until Ctrl-C, each once, coloured by action; digits are masked.

    --no-follow without --since shows all that Kafka keeps, 7 days. Partitions are read side by side: a call's verdicts
    are in order, those of two calls perhaps not. What can't be read is counted and told at the end.
    """
    from schemas.records import Action, Cause
    from streams.cli.signals import stop_requests
    from streams.clock import now_ms
    from streams.look.choice import VerdictChoice, VerdictFilter
    from streams.look.output import VerdictOutput
    from streams.look.span import since_ms
    from streams.look.tail import VerdictTail
    from streams.registry_wait import reading_schemas
    from streams.topics import VERDICTS

    settings = settings_of(broker=broker, prefix=prefix, schema_registry=registry)
    if label:
        from models.classifier import LABELS

        _check("--label", label, LABELS)
    _check("--action", action, get_args(Action))
    _check("--cause", cause, get_args(Cause))
    wanted = VerdictFilter(
        labels=frozenset(label or ()),
        actions=frozenset(action or ()),
        causes=frozenset(cause or ()),
        scopes=frozenset([scope] if scope else ()),
        call=call,
        min_probability=min_probability,
    )
    schemas = reading_schemas(settings)
    gate = schemas.gate()
    choice = VerdictChoice(wanted, schemas.codec, limit)
    begin = None if since is None else since_ms(since, now_ms())
    out = VerdictOutput(as_json=json, unmask=settings.show_digits)

    def tell(away: bool) -> None:
        _say(f"Kafka at {settings.bootstrap} is {'away: waiting' if away else 'back'}")

    with stop_requests() as stopped:
        try:
            with VerdictTail(settings, since_ms=begin, follow=follow, on_away=tell) as source:
                out.begin()
                for values in source.batches():
                    gate.wait(VERDICTS, values, stopped.is_set)
                    out.write(choice.feed(values))
                    if stopped.is_set() or out.unread or choice.full:
                        break
        except BrokenPipeError:
            out.abandon()
    if choice.repeats:
        _say(f"repeats dropped: {choice.repeats}")
    if choice.broken:
        _say(f"records that are no verdicts: {choice.broken} (the last: {choice.why_broken})")


def _check(option: str, values: list[str] | None, known: Collection[str]) -> None:
    for value in values or ():
        if value not in known:
            raise typer.BadParameter(f"not {value!r}, but one of {', '.join(known)}", param_hint=option)


def _say(sentence: str) -> None:
    sys.stderr.write(f"callsieve: {printable(sentence)}\n")
