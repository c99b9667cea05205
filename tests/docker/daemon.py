"""A Docker daemon: the one that is there, or one of the suite's own that leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docker.plugins import ensure_plugins
from tests.servers.binaries import ServerMissing, find_binary, running

ROOT_REMEDY = "Start a Docker daemon, or run this suite as root, so that it can start one."
INSTALL = "apt-get install --no-install-recommends docker.io iptables mmdebstrap"
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
COMMAND_SECONDS = 1700
"""A first build of all images takes ten minutes on a machine that others keep busy."""


@dataclass(frozen=True)
class Docker:
    """A client of one daemon."""

    environment: Mapping[str, str]
    is_ours: bool
    """Whether the suite started it and so may put images of any name there."""

    def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> str:
        """What a `docker` command says. Raises: AssertionError with its errors."""
        return self._run([find_binary("docker", INSTALL), *map(str, arguments)], cwd=cwd).stdout.strip()

    def compose(self, *arguments: str, cwd: Path, **values: object) -> str:
        extra = {name: str(value) for name, value in values.items()}
        return self._run(["docker", "compose", *arguments], cwd=cwd, extra=extra).stdout.strip()

    def bash(self, script: str, *, cwd: Path, **values: object) -> str:
        """What a script of such commands prints."""
        extra = {name: str(value) for name, value in values.items()}
        return self._run(["bash", "-euo", "pipefail", "-c", script], cwd=cwd, extra=extra).stdout.strip()

    def compose_warnings(self, *arguments: str, cwd: Path) -> str:
        """What a command that succeeds complains of."""
        return self._run(["docker", "compose", *arguments], cwd=cwd).stderr.strip()

    def answers(self) -> bool:
        return self._status("info") == 0

    def has(self, image: str) -> bool:
        return self._status("image", "inspect", image) == 0

    def _status(self, *arguments: str) -> int:
        docker = shutil.which("docker")
        if docker is None:
            return 1
        command = [docker, *arguments]
        return subprocess.run(
            command, env=self._environment(), capture_output=True, timeout=30, check=False
        ).returncode

    def _run(
        self, command: Sequence[str], *, cwd: Path | None, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self._environment() | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


@contextmanager
def docker(data: Path) -> Iterator[Docker]:
    """The daemon that answers already, or a new one whose images lie in `data`. Raises: ServerMissing."""
    present = Docker({}, is_ours=False)
    if present.answers():
        yield present
        return
    if os.geteuid() != 0:
        raise ServerMissing(ROOT_REMEDY)
    # The path of a socket has at most 107 bytes, so it does not lie beside the data.
    run = Path(tempfile.mkdtemp(prefix="docker-", dir="/tmp"))
    plugins = ensure_plugins(data.parent / "client")
    own = Docker({"DOCKER_HOST": f"unix://{run}/docker.sock", "DOCKER_CONFIG": str(plugins)}, is_ours=True)
    try:
        with (
            _network_as_before(),
            running(_command(run, data), log=run / "log", ready=own.answers) as daemon,
        ):
            yield own
            daemon.terminate()  # in order, so that no mount and no container stays behind
            daemon.wait(timeout=60)
    finally:
        shutil.rmtree(run, ignore_errors=True)


def _command(run: Path, data: Path) -> list[str]:
    settings = {
        "data-root": str(data),
        "exec-root": str(run / "exec"),
        "pidfile": str(run / "pid"),
        "hosts": [f"unix://{run}/docker.sock"],
        "ip": "127.0.0.1",
        "storage-driver": "overlay2",
    }
    (run / "daemon.json").write_text(json.dumps(settings))
    return [find_binary("dockerd", INSTALL), "--config-file", str(run / "daemon.json")]


@contextmanager
def _network_as_before() -> Iterator[None]:
    """A daemon adds a bridge and rules, and leaves them when it ends."""
    forwarding = FORWARDING.read_text()
    rules = {name: _output(f"{name}-save") for name in ("iptables", "ip6tables")}
    bridges = _bridges()
    try:
        yield
    finally:
        for bridge in _bridges() - bridges:
            subprocess.run(["ip", "link", "delete", bridge], check=False)
        for name, saved in rules.items():
            _flush(name)
            subprocess.run([f"{name}-restore"], input=saved, text=True, check=False)
        FORWARDING.write_text(forwarding)


def _flush(name: str) -> None:
    """Restoring alone leaves tables that were empty before."""
    for table in ("nat", "filter"):
        for action in ("-F", "-X"):
            subprocess.run([name, "-t", table, action], capture_output=True, check=False)
    subprocess.run([name, "-P", "FORWARD", "ACCEPT"], capture_output=True, check=False)


def _bridges() -> set[str]:
    links = json.loads(_output("ip", "-json", "link", "show", "type", "bridge") or "[]")
    return {link["ifname"] for link in links if link}


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
