"""Whether anybody listens where Kafka should be: librdkafka tries for ten seconds, and a person should not wait."""

import socket
from typing import Final

from streams.lists.errors import ListsError
from streams.settings import Settings

TIMEOUT_S: Final = 2.0


def check_reach(settings: Settings, *, timeout_s: float = TIMEOUT_S) -> None:
    """See that one of the brokers takes connections.

    Raises
    ------
    ListsError
        If none does; with where it was looked for, and what to do.
    """
    said = ""
    for address in settings.bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        if not port.isdigit() or not 0 < int(port) < 1 << 16:
            raise ListsError(f"broker {address!r} names no port. See --broker")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout_s).close()
        except OSError as error:
            said = said or error.strerror or str(error)
        else:
            return
    raise ListsError(f"no Kafka at {settings.bootstrap}: {said}. Is it running? See --broker")
