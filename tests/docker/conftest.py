from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker.daemon import Docker, docker
from tests.docker.stand_ins import ensure_images

CACHE = Path(__file__).parents[2] / ".cache" / "docker"


@pytest.fixture(scope="session")
def daemon() -> Iterator[Docker]:
    """With the images that exports name."""
    with docker(CACHE / "data") as daemon:
        ensure_images(daemon, CACHE)
        yield daemon
