"""Options that several commands share, and the settings they make."""

import logging
from typing import Annotated, Any

import typer

from streams.settings import Settings

Broker = Annotated[
    str | None,
    typer.Option(help="Kafka, kafka://host:port; kafka://127.0.0.1:9092 unless told", envvar="CALLSIEVE_BROKER"),
]
Prefix = Annotated[str | None, typer.Option(help="put before topics and groups", envvar="CALLSIEVE_PREFIX")]
Registry = Annotated[
    str | None,
    typer.Option("--registry", help="schema registry, http(s)://host:port", envvar="CALLSIEVE_SCHEMA_REGISTRY"),
]
StoreUrl = Annotated[
    str | None, typer.Option("--store", help="clickhouse://user@host:9000/db or chdb:///path", envvar="CALLSIEVE_STORE")
]
TelephoneEvent = Annotated[
    int, typer.Option(help="payload type of RFC 4733 events where no SDP says it", min=0, max=127)
]


def settings_of(**flags: Any) -> Settings:
    """Settings from the environment, and from the flags that were given.

    Raises
    ------
    SettingsError
        If one of them can't be used.
    """
    settings = Settings.read(**flags)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    # These tell of every rebalance and every retry, with traces; what matters of it is told by the worker in a line. At
    # their debug level they print whole records and questions: audio, and what a careless program sends in clear.
    for noisy in ("aiokafka", "faust", "mode", "clickhouse_driver", "numba"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL if settings.log_level != "debug" else logging.INFO)
    return settings
