"""One Apache Kafka for the whole test run; tests keep apart by a prefix of their own."""

from collections.abc import Iterator

import pytest

from streams.broker import BrokerError, EmbeddedBroker, default_home, kafka_jars


@pytest.fixture(scope="session")
def kafka() -> Iterator[EmbeddedBroker]:
    """A running broker with no topics; skips only where its jars can't be had."""
    try:
        kafka_jars(default_home())
    except BrokerError as error:
        pytest.skip(f"there is no Kafka here: {error}")
    with EmbeddedBroker() as broker:
        yield broker
