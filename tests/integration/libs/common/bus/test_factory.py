from __future__ import annotations

from collections.abc import Callable

import pytest

from libs.common.bus import BusUnavailable
from libs.common.bus.embedded import EmbeddedBus
from libs.common.bus.factory import open_bus
from libs.common.database.client import Database
from libs.common.settings import Settings
from tests.servers.binaries import free_port


async def test_unset_means_embedded(settings: Settings, database: Database) -> None:
    bus = await open_bus(settings, database, service="test")

    assert isinstance(bus, EmbeddedBus)
    await bus.close()


async def test_set_means_rabbitmq_and_its_absence_tells_no_password(
    make_settings: Callable[..., Settings], database: Database
) -> None:
    settings = make_settings(amqp_url=f"amqp://user:secret@127.0.0.1:{free_port()}")

    with pytest.raises(BusUnavailable) as error:
        await open_bus(settings, database, service="test")
    assert "secret" not in str(error.value)
    assert "secret" not in repr(error.value.__cause__)
