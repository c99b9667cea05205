from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.daemon import Docker, docker
from tests.docker.stack import EXAMPLE, Stack, filled_in, with_shares
from tests.docker.stand_ins import ensure_images
from tests.servers.binaries import free_port

CACHE = Path(__file__).parents[2] / ".cache" / "docker"


@pytest.fixture(scope="session")
def daemon() -> Iterator[Docker]:
    """With the images that exports name."""
    with docker(CACHE / "data") as daemon:
        ensure_images(daemon, CACHE)
        yield daemon


@pytest.fixture(scope="session")
def project(daemon: Docker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the repository under a name and ports of its own, not started; nothing is left of it."""
    port, experiments_port = free_port(), free_port()
    values = {
        "GATEWAY_PORT": port,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "EXPERIMENTS_PORT": experiments_port,
        "EXPERIMENTS_ORIGIN": f"http://localhost:{experiments_port}",
        "RAY_WORKER_MEMORY": "4g",
        "IMAGE_PREFIX": "entrepot-test",
    }
    folder = tmp_path_factory.mktemp("stack")
    environment = folder / "env"
    environment.write_text(filled_in(EXAMPLE.read_text(), **values))
    stack = Stack(daemon, environment, with_shares(folder), f"entrepot{uuid.uuid4().hex[:8]}")
    try:
        yield stack
    finally:
        stack.compose("down", "--volumes", "--timeout", "40")
