"""``callsieve worker``: the roles."""

import asyncio
from typing import Annotated

import typer

from streams.cli.options import Broker, Prefix, StoreUrl, settings_of


def worker(
    roles: Annotated[
        list[str],
        typer.Argument(
            help="window, spectrum, tones, classify, fingerprint, sink, or all", metavar="ROLE...", show_default=False
        ),
    ],
    broker: Broker = None,
    prefix: Prefix = None,
    store: StoreUrl = None,
    health_port: Annotated[
        int | None, typer.Option(help="serve /live, /ready and /metrics on this port", min=1, max=65535)
    ] = None,
) -> None:
    """Run roles until SIGTERM or Ctrl-C. Start more workers of a role to share its partitions.

    Each role is a consumer group of its own. spectrum and tones in one process are fused: each chunk is read once. Run
    them fused everywhere or apart everywhere, or each is measured twice. fingerprint and sink need the store (callsieve
    migrate first).
    """
    from streams.runtime.worker import parse_roles, run_worker

    chosen = parse_roles(roles)
    settings = settings_of(broker=broker, prefix=prefix, store=store)

    def ready() -> None:
        typer.echo(f"ready: {', '.join(chosen)}")

    asyncio.run(run_worker(chosen, settings, health_port=health_port, on_ready=ready))
