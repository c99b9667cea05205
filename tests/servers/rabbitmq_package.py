"""RabbitMQ from the distribution's packages, unpacked into `.cache/` where it is not installed. Needs no root."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.binaries import ServerMissing

CACHE = Path(__file__).parents[2] / ".cache" / "rabbitmq"
SERVERS = "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"
ERLANGS = "usr/lib/erlang/bin"
DOWNLOAD_SECONDS = 300


@dataclass(frozen=True)
class RabbitmqPackage:
    """`root` is `/` or the folder the packages were unpacked into."""

    root: Path

    @property
    def server(self) -> Path:
        """The script itself: the wrapper in /usr/sbin changes the user."""
        return max(self.root.glob(SERVERS))

    @property
    def epmd(self) -> Path:
        return self.root / ERLANGS / "epmd"

    def environment(self) -> dict[str, str]:
        """What makes the scripts find their Erlang and its libraries below `root`."""
        found = {
            "PATH": f"{self.root / ERLANGS}:/usr/bin:/bin",
            "ERL_ROOTDIR": str(self.root / "usr/lib/erlang"),
        }
        libraries = sorted(str(folder) for folder in (self.root / "usr/lib").glob("*-linux-gnu"))
        if self.root != Path("/") and libraries:
            found["LD_LIBRARY_PATH"] = ":".join(libraries)
        return found


def installed() -> RabbitmqPackage | None:
    """The system's own package, or the one unpacked before."""
    for root in (Path("/"), CACHE / "root"):
        if any(root.glob(SERVERS)) and (root / ERLANGS / "erl").exists():
            return RabbitmqPackage(root)
    return None


def ensure_rabbitmq() -> RabbitmqPackage:
    """Find RabbitMQ, or unpack it and the Erlang it needs. Raises: ServerMissing."""
    found = installed()
    if found is not None:
        return found
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ServerMissing(
            "Install rabbitmq-server, or set AMQP_URL: this system has no apt to take it from."
        )
    try:
        _unpack()
    except subprocess.CalledProcessError as error:
        raise ServerMissing(f"{error}: {error.stderr}") from error
    found = installed()
    if found is None:
        raise ServerMissing(f"The packages unpacked below {CACHE} hold no rabbitmq-server.")
    return found


def _unpack() -> None:
    packages = CACHE / "packages"
    partial = CACHE / f"root.{os.getpid()}"
    packages.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", *_names()], cwd=packages)
    for package in sorted(packages.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(partial)], cwd=CACHE)
    # One rename, so that a run that was stopped half way leaves nothing that looks complete.
    partial.rename(CACHE / "root")
    shutil.rmtree(packages)


def _names() -> list[str]:
    """The packages that are missing, as apt resolves them; lists of our own where the system has none."""
    question = ["apt-get", "install", "--simulate", "-qq", "--no-install-recommends", "rabbitmq-server"]
    try:
        answer = _run(question, cwd=CACHE)
    except subprocess.CalledProcessError:
        os.environ["APT_CONFIG"] = str(_own_lists())
        _run(["apt-get", "update", "-qq"], cwd=CACHE)
        answer = _run(question, cwd=CACHE)
    return [line.split()[1] for line in answer.splitlines() if line.startswith("Inst ")]


def _own_lists() -> Path:
    """Configuration that keeps apt's lists in the cache, where an ordinary user may write."""
    state = CACHE / "apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    path = state / "apt.conf"
    path.write_text(
        f'Dir::State::lists "{state}/lists";\nDir::Cache "{state}";\nDebug::NoLocking "true";\n',
        encoding="utf-8",
    )
    return path


def _run(command: list[str], *, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, check=True, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS
    )
    return done.stdout
