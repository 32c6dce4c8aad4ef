"""Options that several commands share, and the settings they make."""

import logging
from typing import Annotated, Any

import typer

from streams.settings import Settings

Broker = Annotated[str | None, typer.Option(help="Kafka, kafka://host:port", envvar="CALLSIEVE_BROKER")]
Prefix = Annotated[str | None, typer.Option(help="put before topics and groups", envvar="CALLSIEVE_PREFIX")]
StoreUrl = Annotated[
    str | None, typer.Option("--store", help="clickhouse://user@host:9000/db or chdb:///path", envvar="CALLSIEVE_STORE")
]


def settings_of(**flags: Any) -> Settings:
    """Settings from the environment, and from the flags that were given."""
    settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    # Faust and aiokafka tell of every rebalance as if it were news
    for noisy in ("aiokafka", "faust", "mode"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return settings
