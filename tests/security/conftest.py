"""A gateway with a real importer and exporter behind it, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.common.database.client import Database
from libs.common.limits import Limits
from libs.common.parts import Parts
from services.exporter.app import application as exporter
from services.importer.app import application as importer
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import Gateway, open_house, serve
from tests.servers.binaries import free_port

PLANTED = "planted-outside-of-everything"
"""Content of a file that lies beside the platform's own, where no request may reach."""


@pytest.fixture
def limits() -> Limits:
    """Patient: an answer of 202 would say nothing of a ZIP."""
    return Limits(wait_seconds=200, drain_seconds=2, idle_poll_seconds=0.5)


@pytest.fixture
async def parts(
    make_settings: MakeSettings, limits: Limits, database: Database, tmp_path: Path
) -> AsyncIterator[Parts]:
    (tmp_path / "planted.txt").write_text(PLANTED)
    settings = make_settings(port=free_port(), host_experiments=False, export_signing_key="A" * 43 + "=")
    async with open_house(settings, limits, database) as parts:
        yield parts


@pytest.fixture
async def gateway(parts: Parts) -> AsyncIterator[Gateway]:
    """Nobody works on its jobs."""
    async with serve(parts) as gateway:
        yield gateway


@pytest.fixture
async def platform(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Gateway]:
    """Everything but benchmarks works."""
    async with importer(gateway.parts, examples=tmp_path / "none"), exporter(gateway.parts):
        yield gateway
