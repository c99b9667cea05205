"""What the `docker` of Debian 12 lacks, BuildKit's build and Compose 2, unpacked from the packages of Debian 13."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.binaries import ServerMissing

RELEASE = "trixie"
PACKAGES = ("docker-buildx", "docker-compose")
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
UNPACKED = "usr/libexec/docker/cli-plugins"
SECONDS = 300


def ensure_plugins(folder: Path) -> Path:
    """A value for `DOCKER_CONFIG`, with the plugins. Raises: ServerMissing."""
    plugins = folder / "cli-plugins"
    if plugins.is_dir():
        return folder
    work = folder / "work"
    (work / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (work / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    try:
        _unpack(work)
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        raise ServerMissing(f"Install the plugins buildx and compose of docker: {error}") from error
    (work / "root" / UNPACKED).rename(plugins)
    shutil.rmtree(work)
    return folder


def _unpack(work: Path) -> None:
    (work / "sources.list").write_text(
        f"deb [signed-by={KEYS}] http://deb.debian.org/debian {RELEASE} main\n", encoding="utf-8"
    )
    (work / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{work}/sources.list";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{work}/lists";\nDir::Cache "{work}";\nDebug::NoLocking "true";\n',
        encoding="utf-8",
    )
    environment = os.environ | {"APT_CONFIG": str(work / "apt.conf")}
    for command in (["update", "-qq"], ["download", *PACKAGES]):
        subprocess.run(["apt-get", *command], cwd=work, env=environment, check=True, timeout=SECONDS)
    for archive in work.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, work / "root"], check=True, timeout=SECONDS)
