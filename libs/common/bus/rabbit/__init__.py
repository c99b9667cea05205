"""The bus on RabbitMQ, 3.10 and newer, by aio-pika."""

from libs.common.bus.rabbit.bus import RabbitBus, open_rabbit_bus

__all__ = ["RabbitBus", "open_rabbit_bus"]
