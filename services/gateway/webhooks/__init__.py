"""Events brought to other systems by HTTP: Standard Webhooks, in order, tried for a day (docs/events.md)."""
