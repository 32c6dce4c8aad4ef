"""The control channel over real sockets."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tap_world import World

from streams.live.control import MAX_CONNECTIONS, ControlPort
from streams.live.errors import LiveError
from streams.live.lines import MAX_LINE_BYTES
from streams.live.sources import Sources

OPEN = {"do": "open", "call": "c1", "source": "192.0.2.1:4000"}


class Desk:
    """A control port that listens, and what it made the tap send."""

    def __init__(self) -> None:
        self.world = World()
        self.sources = Sources()
        greeting: dict[str, object] = {"tap_id": "tap-1", "tap_epoch": 5}
        self.port = ControlPort("127.0.0.1", 0, self.world.tap, self.sources, greeting, self.world.batches.extend)

    def serve(self, until: float = 0.05) -> None:
        end = time.monotonic() + until
        while time.monotonic() < end:
            self.port.serve()
            time.sleep(0.002)

    @contextmanager
    def client(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port.port), timeout=5) as connection:
            self.serve()
            yield connection

    def ask(self, connection: socket.socket, data: bytes) -> list[dict[str, Any]]:
        connection.sendall(data)
        self.serve()
        return said(connection)


def said(connection: socket.socket) -> list[dict[str, Any]]:
    connection.setblocking(False)
    data = b""
    try:
        while some := connection.recv(65_536):
            data += some
    except BlockingIOError:
        pass
    connection.setblocking(True)
    return [json.loads(line) for line in data.splitlines()]


def line(**fields: object) -> bytes:
    return json.dumps(OPEN | fields).encode() + b"\n"


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.port.close()


def test_each_line_is_answered_in_order_and_the_client_knows_which_run_it_talks_to(desk: Desk) -> None:
    with desk.client() as client:
        lines = line(ssrc=7) + b'{"do":"answered","call":"c1"}\n\nnonsense\n{"do":"end","call":"c1"}\n'
        greeting, opened, answered, refused, ended = desk.ask(client, lines)
    assert greeting == {"tap_id": "tap-1", "tap_epoch": 5}
    assert opened["ok"]
    assert opened["call_id"] == answered["call_id"] == ended["call_id"]
    assert refused["ok"] is False
    assert "malformed" in refused["error"]
    desk.world.close()
    assert [mark[0] for mark in desk.world.marks(0)] == ["open", "answered", "end"]
    assert len(desk.sources) == 1
    assert (desk.port.counters.lines, desk.port.counters.refused) == (3, 1)


def test_a_line_in_pieces_is_one_line(desk: Desk) -> None:
    with desk.client() as client:
        whole = line()
        assert len(desk.ask(client, whole[:9])) == 1
        assert desk.ask(client, whole[9:])[0]["ok"]


def test_what_the_tap_refuses_is_answered_with_its_reason(desk: Desk) -> None:
    with desk.client() as client:
        desk.ask(client, b"")
        (answer,) = desk.ask(client, b'{"do":"end","call":"nobody"}\n')
    assert answer == {"ok": False, "error": "no such call is open"}


def test_a_line_without_end_is_cut_off(desk: Desk) -> None:
    with desk.client() as client:
        answers = desk.ask(client, b"x" * (MAX_LINE_BYTES + 10))
        assert str(MAX_LINE_BYTES) in answers[-1]["error"]
        assert client.recv(1) == b""
    assert desk.port.counters.refused == 1


def test_many_lines_at_once_are_all_taken(desk: Desk) -> None:
    with desk.client() as client:
        client.sendall(b"".join(line(call=f"c{n}", source=f"192.0.2.1:{1024 + n}") for n in range(1000)))
        desk.serve(0.5)
        assert sum(answer.get("ok", False) for answer in said(client)) == 1000
    assert desk.world.tap.counters.calls == 1000


def test_a_client_that_goes_away_or_one_too_many_harms_nobody(desk: Desk) -> None:
    clients = []
    try:
        for _ in range(MAX_CONNECTIONS + 3):
            clients.append(socket.create_connection(("127.0.0.1", desk.port.port), timeout=5))
            desk.port.serve()
        desk.serve()
        assert desk.port.counters.turned_away == 3
        assert clients[-1].recv(10) == b""
        for client in clients[1:]:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # resets the connection
            client.close()
        desk.serve()
        assert desk.ask(clients[0], line())[-1]["ok"]
    finally:
        for client in clients:
            client.close()


def test_a_client_that_reads_no_answers_is_cut_off(desk: Desk) -> None:
    with desk.client() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        refused = b"x\n" * 4096
        end = time.monotonic() + 20
        while not desk.port.counters.turned_away and time.monotonic() < end:
            try:
                client.send(refused)
            except BlockingIOError:
                pass
            except ConnectionError:
                break
            desk.port.serve()
    assert desk.port.counters.turned_away == 1


def test_a_port_that_is_taken_is_an_error_that_names_it(desk: Desk) -> None:
    with pytest.raises(LiveError, match=str(desk.port.port)):
        ControlPort("127.0.0.1", desk.port.port, desk.world.tap, Sources(), {}, lambda _: None)
