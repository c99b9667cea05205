"""Docker, where a daemon answers and has the image; nothing is ever pulled."""

from __future__ import annotations

import shutil
import subprocess


def image_is_local(image: str) -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    command = [docker, "image", "inspect", "--format", "{{.Id}}", image]
    try:
        return subprocess.run(command, capture_output=True, timeout=5, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
