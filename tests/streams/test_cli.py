"""The command line: help everywhere, and errors that a person can act on instead of traces."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import Command

from streams.broker import free_port
from streams.cli import main as cli

CALLSIEVE = Path(sys.executable).parent / "callsieve"
KEY = "a key that only tests know"
COMMANDS = (
    [],
    ["broker"],
    ["campaigns", "list"],
    ["campaigns", "show"],
    ["demo"],
    ["feed"],
    ["lists", "add"],
    ["lists", "remove"],
    ["migrate"],
    ["models"],
    ["models", "shadow"],
    ["models", "compare"],
    ["report"],
    ["schema"],
    ["scan"],
    ["simulate"],
    ["topics", "create"],
    ["topics", "list"],
    ["train"],
    ["verdicts", "tail"],
    ["worker"],
)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture of no packets."""
    path = tmp_path_factory.mktemp("capture") / "empty.pcap"
    path.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    return path


@pytest.fixture
def nowhere() -> str:
    """Address at which no Kafka listens."""
    return f"kafka://127.0.0.1:{free_port()}"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for Kafka to answer, not ten."""
    from streams import topics

    wait = topics.list_topics.__kwdefaults__
    assert wait is not None
    monkeypatch.setitem(wait, "timeout_s", 0.5)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("columns", ["80", "120"])
def test_every_command_explains_itself(
    command: Command, monkeypatch: pytest.MonkeyPatch, words: list[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    said = command(*words, "--help")
    assert said.status == 0
    assert "Usage: callsieve" in said.out
    assert max(map(len, said.out.splitlines())) <= int(columns)


def test_the_version_is_told(command: Command) -> None:
    from importlib.metadata import version

    assert command("--version").out == f"callsieve {version('callsieve')}\n"


def test_help_needs_neither_models_nor_kafka() -> None:
    code = "import sys; from streams.cli.main import app; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"faust", "sklearn", "numba", "chdb", "scipy"} & set(loaded)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    "words",
    [
        ("topics", "list"),
        ("topics", "create"),
        ("verdicts", "tail"),
        ("worker", "window"),
        ("lists", "add", "black", "+4930123456"),
        ("feed",),
        ("simulate", "--kafka", "--calls", 10),
        pytest.param(("lists", "list"), marks=pytest.mark.slow),
    ],
    ids=lambda words: words[0],
)
def test_kafka_that_is_away_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, capture: Path, nowhere: str, words: tuple[Any, ...]
) -> None:
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", KEY)
    arguments = [*words, capture] if words == ("feed",) else words
    said = command(*arguments, "--broker", nowhere)
    assert said.status == 1
    assert said.err.startswith(f"callsieve: no Kafka at {nowhere.removeprefix('kafka://')}: ")
    assert "Is it running? See --broker" in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [("worker", "classify"), ("feed",), ("lists", "remove", "white", "+4930123456")])
def test_missing_topics_are_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, kafka: Any, capture: Path, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", KEY)
    arguments = [*words, capture] if words == ("feed",) else words
    said = command(*arguments, "--broker", kafka.url, "--prefix", "no.such.topics.")
    assert said.status == 1
    assert "no.such.topics." in said.err
    assert "missing" in said.err
    assert "run 'callsieve topics create' first" in said.err
    assert "callsieve topics create" in said.err


@pytest.mark.parametrize("words", [("feed",), ("lists", "add", "black", "+4930123456")], ids=["feed", "lists"])
def test_a_missing_key_is_told_before_anything_is_asked(
    command: Command, capture: Path, nowhere: str, words: tuple[str, ...]
) -> None:
    arguments = [*words, capture] if words == ("feed",) else words
    said = command(*arguments, "--broker", nowhere)
    assert said.status == 1
    assert said.err.startswith("callsieve: CALLSIEVE_HMAC_KEY is missing")


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "nan", "inf", ""])
def test_a_speed_that_is_none_is_a_usage_error(command: Command, capture: Path, speed: str) -> None:
    said = command("feed", capture, f"--speed={speed}")
    assert said.status == 2
    assert "a positive number, or max" in said.err


def test_an_unknown_role_is_told_with_those_there_are(command: Command) -> None:
    said = command("worker", "window", "judge")
    assert said.status == 1
    assert said.err == (
        "callsieve: no role 'judge': a worker takes one or more of "
        "window, spectrum, tones, classify, fingerprint, sink, all\n"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: [", "while parsing"),
        ("version: '1'\nrules:\n- {action: shout}\n", "shout"),
        ("version: '1'\nrules:\n- {action: tag, label: mumbling}\n", "no label 'mumbling'"),
        ("", "Expected `object`"),
    ],
)
def test_a_broken_policy_is_told(command: Command, tmp_path: Path, capture: Path, text: str, complaint: str) -> None:
    (tmp_path / "policy.yaml").write_text(text)
    said = command("scan", "--no-replay", "--policy", tmp_path / "policy.yaml", capture)
    assert said.status == 1
    assert said.err.startswith(f"callsieve: {tmp_path}/policy.yaml: ")
    assert complaint in said.err


def test_chdb_that_is_missing_is_told_with_the_way_round(
    command: Command, capture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chdb.session", None)
    said = command("scan", capture)
    assert said.status == 1
    assert said.err == (
        "callsieve: chdb is not installed: pip install 'callsieve[embedded]'; "
        "or scan with --no-replay, which needs no store\n"
    )
    assert command("scan", "--no-replay", capture).status == 0


def test_a_scan_of_nothing_is_told(command: Command, tmp_path: Path) -> None:
    assert command("scan").status == 2
    said = command("scan", tmp_path)
    assert said.status == 2
    assert said.err == f"callsieve: {tmp_path}: no capture or audio file in this folder\n"
    assert "Traceback" not in said.out


def test_a_capture_without_calls_is_no_error(command: Command, capture: Path) -> None:
    said = command("scan", "--no-replay", capture)
    assert said.status == 0
    assert "empty.pcap: 0 calls" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("scan", "--format", "xml", "a.pcap"),
        ("scan", "--telephone-event", "128", "a.pcap"),
        ("lists", "add", "grey", "+4930123456"),
        ("lists", "add", "black", "+4930123456", "--scope", "country"),
        ("lists", "add", "black", "+4930123456", "--days", "0"),
        ("topics", "create", "--partitions", "0"),
        ("broker", "--port", "70000"),
        ("worker",),
        ("simulate",),
        ("simulate", "a.pcap", "--kafka"),
        ("simulate", "a.json"),
        ("simulate", "a.pcap", "--calls", "0"),
        ("mumble",),
    ],
    ids=" ".join,
)
def test_wrong_use_is_status_2_and_says_what_is_wrong(command: Command, words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.status == 2
    assert "Error" in said.err


def test_a_broken_setting_is_told_by_name(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLSIEVE_LOG_LEVEL", "loud")
    said = command("topics", "list")
    assert said.status == 1
    assert said.err.startswith("callsieve: CALLSIEVE_LOG_LEVEL: ")


def test_a_file_that_cannot_be_written_is_told(command: Command, tmp_path: Path) -> None:
    said = command("simulate", tmp_path / "no" / "calls.pcap", "--calls", 10)
    assert said.status == 1
    assert said.err.endswith(f"callsieve: {tmp_path}/no/calls.pcap: No such file or directory\n")


def test_a_capture_that_cannot_be_read_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALLSIEVE_HMAC_KEY", KEY)
    said = command("feed", tmp_path / "no.pcap")
    assert said.status == 1
    assert "no.pcap: cannot be read: No such file or directory" in said.err


def test_a_fault_of_ours_shows_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(KeyError):
        cli.main()


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_fault(capture: Path) -> None:
    command = [CALLSIEVE, "scan", "--no-replay", capture]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert done.stderr == f"callsieve: {capture}: no call: 0 frames, no UDP packet among them\n"
    assert done.returncode == 1


@pytest.mark.slow
def test_a_taken_health_port_is_told(command: Command, kafka: Any) -> None:
    prefix = "health.port."
    assert command("topics", "create", "--broker", kafka.url, "--prefix", prefix).status == 0
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - where the health server binds
        taken.listen()
        port = taken.getsockname()[1]
        before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        said = command("worker", "window", "--broker", kafka.url, "--prefix", prefix, "--health-port", port)
    assert said.status == 1
    assert said.err.endswith(f"callsieve: port {port} is taken: choose another with --health-port\n")
    assert {each: signal.getsignal(each) for each in before} == before


@pytest.mark.slow
def test_a_health_port_that_is_not_allowed_is_told(command: Command, kafka: Any) -> None:
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) < 2:
        pytest.skip("every port is allowed here")
    drop = ["setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"] if os.geteuid() == 0 else []
    prefix = "health.refused."
    assert command("topics", "create", "--broker", kafka.url, "--prefix", prefix).status == 0
    worker = [CALLSIEVE, "worker", "window", "--broker", kafka.url, "--prefix", prefix, "--health-port", "1"]
    done = subprocess.run([*drop, *worker], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(
        "callsieve: can't listen on port 1: Permission denied; choose another with --health-port\n"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_simulated_calls_go_to_a_file_with_the_truth_beside_it(command: Command, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="the extra simulate is not installed")
    import msgspec

    from streams.simulate.truth import Truth

    out = tmp_path / "calls.pcap"
    options = ("--calls", 10, "--seed", 7, "--spread", 5)
    said = command("simulate", out, *options)
    assert said.status == 0
    assert said.out.endswith(f"packets of 10 calls in {out}, the truth in {tmp_path}/calls.json\n")
    assert len(msgspec.json.decode((tmp_path / "calls.json").read_bytes(), type=Truth).calls) == 10
    command("simulate", tmp_path / "again.pcap", *options)
    assert out.read_bytes() == (tmp_path / "again.pcap").read_bytes()
