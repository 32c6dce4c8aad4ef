"""Starts Debian's clickhouse-server, which speaks the native protocol, on free loopback ports in a directory."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from clickhouse_driver import Client
from clickhouse_driver.errors import Error as ClickHouseError

START_SECONDS = 30.0

CONFIG = """<?xml version="1.0"?>
<yandex>
    <logger><level>warning</level><log>{base}/log/server.log</log><errorlog>{base}/log/error.log</errorlog></logger>
    <http_port>{http}</http_port>
    <tcp_port>{tcp}</tcp_port>
    <interserver_http_port>{interserver}</interserver_http_port>
    <listen_host>127.0.0.1</listen_host>
    <path>{base}/data/</path>
    <tmp_path>{base}/tmp/</tmp_path>
    <user_files_path>{base}/user_files/</user_files_path>
    <users_config>{base}/users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
    <timezone>UTC</timezone>
    <mark_cache_size>67108864</mark_cache_size>
    <max_concurrent_queries>100</max_concurrent_queries>
</yandex>
"""

USERS = """<?xml version="1.0"?>
<yandex>
    <profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
    <quotas><default></default></quotas>
    <users>
        <default>
            <password></password><networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile><quota>default</quota>
        </default>
        <sieve>
            <password>p@ss/word:1</password><networks><ip>127.0.0.1</ip></networks>
            <profile>default</profile><quota>default</quota>
        </sieve>
    </users>
</yandex>
"""


def find_binary() -> str | None:
    """Path of clickhouse-server, also where only root's PATH would look."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which("clickhouse-server", path=path)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class ClickHouseServer:
    """One server process; ``stop`` and ``start`` again keep its ports and data."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._process: subprocess.Popen[bytes] | None = None
        self.http_port, self.port, interserver = _free_ports(3)
        for name in ("log", "data", "tmp", "user_files"):
            (base / name).mkdir(parents=True)
        (base / "config.xml").write_text(
            CONFIG.format(base=base, http=self.http_port, tcp=self.port, interserver=interserver)
        )
        (base / "users.xml").write_text(USERS)

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
        self._process = None

    def url(self, database: str = "default") -> str:
        return f"clickhouse://default@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        binary = find_binary()
        assert binary is not None
        self._process = subprocess.Popen(
            [binary, f"--config-file={self._base / 'config.xml'}"],
            cwd=self._base,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"clickhouse-server ended: {self._log()}")
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    pass
                with Client("127.0.0.1", port=self.port, connect_timeout=1) as client:
                    client.execute("SELECT 1")
                return
            except (OSError, EOFError, ClickHouseError):
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"clickhouse-server did not answer within {START_SECONDS} s: {self._log()}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(20)
        self._process = None

    def _log(self) -> str:
        log = self._base / "log" / "error.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
