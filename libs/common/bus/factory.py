"""The one place that chooses the bus: RabbitMQ where `AMQP_URL` is set, else the embedded one (DESIGN §2).

Only the adapter that is chosen is loaded: that of RabbitMQ costs a start as much as the database driver.
"""

from __future__ import annotations

from libs.common.bus import Bus
from libs.common.database.client import Database
from libs.common.settings import Settings


async def open_bus(settings: Settings, database: Database, *, service: str) -> Bus:
    """A bus whose queues all exist; `service` names its connections. Raises: BusUnavailable."""
    if settings.amqp_url is not None:
        from libs.common.bus.rabbit import open_rabbit_bus  # noqa: PLC0415

        return await open_rabbit_bus(settings.amqp_url.get_secret_value(), service=service)
    from libs.common.bus.embedded import open_embedded_bus  # noqa: PLC0415

    return await open_embedded_bus(database, service=service)
