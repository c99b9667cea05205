from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from libs.common.database.client import Database
from libs.common.limits import Limits
from libs.common.parts import Parts
from services.gateway.webhooks import courier, store
from tests.conftest import MakeSettings
from tests.integration.services.gateway.house import open_house
from tests.servers.binaries import free_port


@pytest.fixture
async def parts(
    make_settings: MakeSettings, limits: Limits, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Parts]:
    """Webhooks may call this machine, and are tried again soon."""
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(store, "FIRST_DELAY", timedelta(seconds=0.05))
    settings = make_settings(port=free_port(), webhook_private_targets=True)
    async with open_house(settings, limits, database) as parts:
        yield parts
