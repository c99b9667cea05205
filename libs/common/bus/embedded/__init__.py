"""The bus in two MongoDB collections, for machines without a broker."""

from libs.common.bus.embedded.bus import EmbeddedBus, open_embedded_bus

__all__ = ["EmbeddedBus", "open_embedded_bus"]
