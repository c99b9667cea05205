"""The whole platform as a user starts it, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.servers.entrepot import Up, up

SECONDS = 60


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """`manage.py up` on the embedded default with the examples loaded; shared, so tests restore what they change."""
    with up(tmp_path_factory.mktemp("e2e") / "home") as running:
        yield running


@pytest.fixture
def http(platform: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=platform.base_url, timeout=SECONDS, headers={"Prefer": "wait=45"}) as client:
        yield client


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A platform whose experiments are used, and so changed; its exports hold all of their data."""
    home = tmp_path_factory.mktemp("stage") / "home"
    with up(home, EXPORT_DOCUMENT_LIMIT=1_000_000, HOST_EXPERIMENTS=1) as running:
        yield running


@pytest.fixture
def visitor(stage: Up) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stage.base_url, timeout=SECONDS, headers={"Prefer": "wait=45"}) as client:
        yield client
