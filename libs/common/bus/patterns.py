"""Topic patterns as RabbitMQ's topic exchange reads them (AMQP 0-9-1, 3.1.3.3)."""

from __future__ import annotations


def matches(pattern: str, routing_key: str) -> bool:
    """Whether the key's words fit: `*` stands for exactly one word, `#` for any number of them, none too."""
    words = routing_key.split(".")
    reached = {0}
    for part in pattern.split("."):
        if part == "#":
            reached = set(range(min(reached), len(words) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(words) and part in ("*", words[at])}
        if not reached:
            return False
    return len(words) in reached
