"""The control channel: a TCP port that takes lines of JSON, answers each, and bounds everything."""

import selectors
import socket
import time
from collections.abc import Callable
from typing import Final

import msgspec

from schemas.records import FrameBatch
from streams.live.errors import LiveError
from streams.live.lines import MAX_LINE_BYTES, Answered, Line, Open, parse_line, told_call
from streams.live.sources import Sources
from streams.tap import Tap, ToldCalls, ToldError
from streams.tap.call import Call

MAX_CONNECTIONS: Final = 64
READ_BYTES: Final = 65_536
MAX_LINES: Final = 256  # of one connection before it is another one's, and the packets', turn
MAX_UNREAD_BYTES: Final = 1 << 20  # answers that a client does not read


class ControlCounters(msgspec.Struct):
    """Lines taken and refused, and connections turned away or cut off."""

    lines: int = 0
    refused: int = 0
    connections: int = 0
    turned_away: int = 0


class _Client:
    """One connection: what of a line has come, and what of the answers has not been read."""

    __slots__ = ("answers", "connection", "heard")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.heard = bytearray()
        self.answers = bytearray()


class ControlPort:
    """Takes control lines for a tap.

    Parameters
    ----------
    host, port
        Where to listen; whoever can connect can tell of calls, so a port of this machine or of a trusted network.
    greeting
        Sent to each client first: it tells by the epoch that the tap was started anew, and knows no calls.
    send
        Where batches go that a line led to.

    Raises
    ------
    LiveError
        If the address can't be listened on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tap: Tap,
        sources: Sources,
        greeting: dict[str, object],
        send: Callable[[list[tuple[int, FrameBatch]]], None],
    ) -> None:
        self.counters = ControlCounters()
        self._tap = tap
        self._sources = sources
        self._greeting = msgspec.json.encode(greeting) + b"\n"
        self._send = send
        self._clients: dict[int, _Client] = {}
        self._unfinished: set[int] = set()  # clients with whole lines that waited for their turn
        self._selector = selectors.DefaultSelector()
        try:
            self._listener = socket.create_server(
                (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=16
            )
        except (OSError, OverflowError) as error:
            self._selector.close()
            raise LiveError(f"can't listen on TCP {host}:{port}: {error}") from error
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._selector.register(self._listener, selectors.EVENT_READ)

    def fileno(self) -> int:
        """Readable when somebody has something to tell."""
        return self._selector.fileno()

    def serve(self) -> bool:
        """Take what has come, without waiting; whether more is there."""
        for key, events in self._selector.select(0):
            if key.fileobj is self._listener:
                self._accept()
            elif events & selectors.EVENT_READ:
                self._read(key.fd)
            if key.fd in self._clients and events & selectors.EVENT_WRITE:
                self._flush(key.fd)
        for fd in list(self._unfinished):
            if fd in self._clients:
                self._take_lines(fd)
        return bool(self._unfinished)

    def close(self) -> None:
        """Hang up on everybody."""
        for fd in list(self._clients):
            self._drop(fd)
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if len(self._clients) >= MAX_CONNECTIONS:
            self.counters.turned_away += 1
            connection.close()
            return
        connection.setblocking(False)
        self.counters.connections += 1
        client = self._clients[connection.fileno()] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ)
        client.answers += self._greeting
        self._flush(connection.fileno())

    def _read(self, fd: int) -> None:
        client = self._clients[fd]
        if fd in self._unfinished:
            return  # first what is here
        try:
            data = client.connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(fd)
            return
        client.heard += data
        self._take_lines(fd)

    def _take_lines(self, fd: int) -> None:
        client = self._clients[fd]
        self._unfinished.discard(fd)
        for _ in range(MAX_LINES):
            line, newline, rest = client.heard.partition(b"\n")
            if len(line) > MAX_LINE_BYTES:
                self.counters.refused += 1
                client.answers += _refusal(f"a line is at most {MAX_LINE_BYTES} bytes; the connection is closed")
                self._flush(fd)
                self._drop(fd)
                return
            if not newline:
                break
            client.heard = rest
            if line.strip():
                client.answers += self._answer(bytes(line))
        else:
            self._unfinished.add(fd)
        self._flush(fd)

    def _answer(self, data: bytes) -> bytes:
        try:
            call_id = self._take(parse_line(data))
        except ToldError as error:
            self.counters.refused += 1
            return _refusal(str(error))
        self.counters.lines += 1
        return msgspec.json.encode({"ok": True, "call_id": call_id}) + b"\n"

    def _take(self, line: Line) -> str:
        told = told_call(line) if isinstance(line, Open) else None

        def news(calls: ToldCalls, at_us: int) -> Call:
            if told is not None:
                return calls.open(told, at_us)
            return (calls.answered if isinstance(line, Answered) else calls.ended)(line.call, line.from_tag, at_us)

        call_id, batches = self._tap.tell(news, int(time.time() * 1e6))
        if isinstance(line, Open) and told is not None and line.ssrc is not None:
            self._sources.learn(told.source or "")
        self._send(batches)
        return call_id

    def _flush(self, fd: int) -> None:
        client = self._clients.get(fd)
        if client is None:
            return
        try:
            if client.answers:
                del client.answers[: client.connection.send(client.answers)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(fd)
            return
        if len(client.answers) > MAX_UNREAD_BYTES:
            self.counters.turned_away += 1
            self._drop(fd)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.answers else 0)
        self._selector.modify(client.connection, wanted)

    def _drop(self, fd: int) -> None:
        client = self._clients.pop(fd)
        self._unfinished.discard(fd)
        self._selector.unregister(client.connection)
        client.connection.close()


def _refusal(reason: str) -> bytes:
    return msgspec.json.encode({"ok": False, "error": reason}) + b"\n"
