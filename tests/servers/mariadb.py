"""A real MariaDB for the suites."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.servers.binaries import GIVEN, accepts_connections, free_port, running, wait_until
from tests.servers.containers import image_is_local
from tests.servers.debian_packages import library_path, unpacked

IMAGE = GIVEN.get("MARIADB_IMAGE", "mariadb:11")
PACKAGE = "mariadb-server"
INSTALL_SECONDS = 120
PASSWORD = "test"


@dataclass(frozen=True)
class MariaDb:
    """Where an account may create databases."""

    host: str
    port: int
    user: str = "root"
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Programs:
    """MariaDB's programs, of the system or unpacked below `prefix`."""

    prefix: Path
    environment: dict[str, str]

    @property
    def server(self) -> str:
        return str(self.prefix / "sbin" / "mariadbd")

    @property
    def install(self) -> str:
        return str(self.prefix / "bin" / "mariadb-install-db")


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDb]:
    """`MARIADB_URL` (mysql://user:password@host:port) if given, else in Docker, else a child process."""
    given = GIVEN.get("MARIADB_URL")
    if given:
        parts = urlsplit(given)
        yield MariaDb(
            parts.hostname or "127.0.0.1",
            parts.port or 3306,
            parts.username or "root",
            unquote(parts.password or ""),
        )
    elif image_is_local(IMAGE):
        with _in_docker() as server:
            yield server
    else:
        with _local(folder) as server:
            yield server


def find_programs() -> Programs:
    """Installed, or else unpacked into the cache. Raises: ServerMissing."""
    server = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if server is not None and shutil.which("mariadb-install-db") is not None:
        return Programs(Path(server).parent.parent, dict(os.environ))
    root = unpacked(PACKAGE)
    prefix = root / "usr"
    path = f"{prefix / 'bin'}:{prefix / 'sbin'}:{os.environ.get('PATH', '')}"
    return Programs(prefix, {**os.environ, "PATH": path, "LD_LIBRARY_PATH": library_path(root)})


@contextmanager
def _local(folder: Path) -> Iterator[MariaDb]:
    programs, port, data = find_programs(), free_port(), folder / "data"
    common = [
        "--no-defaults",
        f"--basedir={programs.prefix}",
        f"--datadir={data}",
        f"--user={getpass.getuser()}",
        f"--lc-messages-dir={programs.prefix / 'share' / 'mysql'}",
    ]
    installed = subprocess.run(
        [programs.install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
        env=programs.environment,
        check=False,  # its output says more than its status
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=INSTALL_SECONDS,
        text=True,
    )
    assert installed.returncode == 0, installed.stdout
    command = [
        *("env", f"LD_LIBRARY_PATH={programs.environment.get('LD_LIBRARY_PATH', '')}"),
        *(programs.server, *common, f"--port={port}", "--bind-address=127.0.0.1"),
        *(f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}"),
        *(f"--plugin-dir={programs.prefix / 'lib' / 'mysql' / 'plugin'}", "--innodb-buffer-pool-size=64M"),
    ]
    with running(command, log=folder / "mariadb.log", ready=lambda: accepts_connections(port)):
        yield MariaDb("127.0.0.1", port)


@contextmanager
def _in_docker() -> Iterator[MariaDb]:
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(IMAGE).with_exposed_ports(3306).with_env("MARIADB_ROOT_PASSWORD", PASSWORD)
    with container:
        server = MariaDb(
            container.get_container_host_ip(), int(container.get_exposed_port(3306)), password=PASSWORD
        )
        wait_until(lambda: accepts_connections(server.port), seconds=60, what=f"{IMAGE} answers")
        yield server
