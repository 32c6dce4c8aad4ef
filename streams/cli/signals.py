"""SIGINT and SIGTERM as a request to end in order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SIGNALLED: Final = 128  # plus the signal: what a shell tells of a program that a signal ended
INTERRUPTED: Final = SIGNALLED + signal.SIGINT


@contextmanager
def stop_requests() -> Iterator[threading.Event]:
    """Event that SIGINT or SIGTERM sets; who asks a second time is not made to wait."""
    stopped = threading.Event()

    def ask(*_: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends what runs as Ctrl-C does: what it started is ended with it."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
