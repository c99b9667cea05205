"""Images under the names that an export asks for, where no registry of images can be reached.

They are built from packages, and only in a daemon of the suite's own: a small Debian, in which `python` and `pip` are
as in `python:3.12-slim`, and the same with MongoDB, RabbitMQ and rclone under the names of their images.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.docker.daemon import INSTALL, Docker
from tests.servers.binaries import find_binary

PYTHON = "python:3.12-slim"
STAND_INS = {
    PYTHON: "python.Dockerfile",
    "mongo:7": "mongo.Dockerfile",
    "rabbitmq:4-management": "rabbitmq.Dockerfile",
    "rclone/rclone:1": "s3.Dockerfile",
}
BASE = "entrepot-test-base"
DOCKERFILES = Path(__file__).parent / "images"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
SUITE = os.environ.get("DEBIAN_SUITE", "bookworm")
PACKAGES = "python3,python3-pip,python3-venv,ca-certificates,libcurl4"


def ensure_images(docker: Docker, cache: Path) -> None:
    """Pull what is missing, or make it; the Debian is kept in `cache`, since it takes minutes."""
    for image, dockerfile in STAND_INS.items():
        if docker.has(image):
            continue
        if not docker.is_ours:
            docker("pull", image)
        else:
            _ensure_base(docker, cache)
            shutil.copy(AUTHORITIES, cache / "build")
            docker("build", "--tag", image, "--file", DOCKERFILES / dockerfile, cache / "build")


def _ensure_base(docker: Docker, cache: Path) -> None:
    (cache / "build").mkdir(parents=True, exist_ok=True)
    if docker.has(BASE):
        return
    archive = cache / "base.tar"
    if not archive.exists():
        unfinished = archive.with_suffix(".part.tar")
        command = [find_binary("mmdebstrap", INSTALL), "--variant=minbase", f"--include={PACKAGES}", SUITE]
        subprocess.run([*command, unfinished], check=True, timeout=900)
        unfinished.rename(archive)
    docker("import", archive, BASE)
