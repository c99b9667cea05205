"""Programs from the distribution's packages, unpacked into `.cache/`. Needs no root and changes nothing outside."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.binaries import ServerMissing

CACHE = Path(__file__).parents[2] / ".cache"
DOWNLOAD_SECONDS = 300


def unpacked(package: str) -> Path:
    """The folder into which a package and what it needs are unpacked, now or before. Raises: ServerMissing."""
    cache = CACHE / package
    root = cache / "root"
    if root.is_dir():
        return root
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ServerMissing(f"This system has no apt to take {package} from.")
    try:
        _unpack(package, cache)
    except subprocess.CalledProcessError as error:
        raise ServerMissing(f"{error}: {error.stderr}") from error
    return root


def library_path(root: Path) -> str:
    """Where the unpacked programs find the libraries that came with them."""
    return ":".join(sorted(str(folder) for folder in (root / "usr/lib").glob("*-linux-gnu")))


def _unpack(package: str, cache: Path) -> None:
    archives, partial = cache / "packages", cache / f"root.{os.getpid()}"
    archives.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    _run(["apt-get", "download", *_names(package, cache, environment)], archives, environment)
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(partial)], cache, environment)
    # One rename, so that a run that was stopped half way leaves nothing that looks complete.
    partial.rename(cache / "root")
    shutil.rmtree(archives)


def _names(package: str, cache: Path, environment: dict[str, str]) -> list[str]:
    """The packages that are missing, as apt resolves them; with lists of our own where the system has none."""
    question = ["apt-get", "install", "--simulate", "-qq", "--no-install-recommends", package]
    try:
        answer = _run(question, cache, environment)
    except subprocess.CalledProcessError:
        environment["APT_CONFIG"] = str(_own_lists(cache))
        _run(["apt-get", "update", "-qq"], cache, environment)
        answer = _run(question, cache, environment)
    return [line.split()[1] for line in answer.splitlines() if line.startswith("Inst ")]


def _own_lists(cache: Path) -> Path:
    """Configuration that keeps apt's lists in the cache, where an ordinary user may write."""
    state = cache / "apt"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (state / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    path = state / "apt.conf"
    path.write_text(
        f'Dir::State::lists "{state}/lists";\nDir::Cache "{state}";\nDebug::NoLocking "true";\n',
        encoding="utf-8",
    )
    return path


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=DOWNLOAD_SECONDS,
    )
    return done.stdout
