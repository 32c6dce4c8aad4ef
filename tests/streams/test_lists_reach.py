"""Whether anybody listens where Kafka should be."""

import socket

import pytest

from streams.broker import free_port
from streams.lists.errors import ListsError
from streams.lists.reach import check_reach
from streams.settings import Settings


def test_one_of_several_brokers_that_listens_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = f"127.0.0.1:{server.getsockname()[1]}"
        check_reach(Settings(broker=f"kafka://127.0.0.1:{free_port()},{listening}"))


@pytest.mark.parametrize("broker", ["kafka://127.0.0.1:{port}", "kafka://127.0.0.1:{port},127.0.0.1:{port}"])
def test_where_nobody_listens_it_says_where_it_looked_and_what_to_do(broker: str) -> None:
    address = broker.format(port=free_port())
    with pytest.raises(ListsError, match=r"no Kafka at 127\.0\.0\.1:.* Is it running\? See --broker"):
        check_reach(Settings(broker=address))


@pytest.mark.parametrize("broker", ["kafka://host:port", "kafka://host:0", "kafka://host:99999"])
def test_an_address_without_a_port_is_told(broker: str) -> None:
    with pytest.raises(ListsError, match="names no port"):
        check_reach(Settings(broker=broker), timeout_s=0.2)
