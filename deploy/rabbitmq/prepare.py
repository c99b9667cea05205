"""Gives the broker its definitions and users, through the management interface; again at each start.

`subscriber` is for other systems that listen (docs/events.md): queues of that prefix are theirs, and they may bind
them to the events. It is made where `RABBITMQ_SUBSCRIBER_PASSWORD` is set.
"""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

DEFINITIONS: Final = Path(__file__).with_name("definitions.json")
VHOST: Final = "/"
SERVICES: Final = "entrepot"
SUBSCRIBER: Final = "subscriber"
ALL: Final = {"configure": ".*", "write": ".*", "read": ".*"}
EVENTS_ONLY: Final = {
    "configure": r"^subscriber\.",
    "write": r"^subscriber\.",
    "read": r"^(subscriber\..*|entrepot\.events)$",
}
"""Binding a queue asks for the right to write it, and to read the exchange."""
SECONDS: Final = 30


class Broker:
    """Its management interface, as its administrator sees it."""

    def __init__(self, address: str, user: str, password: str) -> None:
        self._address = address
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, content: dict[str, Any]) -> None:
        """Raises: HTTPError, URLError."""
        request = urllib.request.Request(  # noqa: S310  (the operator's own address)
            f"{self._address}/api/{path}",
            json.dumps(content).encode(),
            self._headers,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            pass


def prepare(broker: Broker, definitions: dict[str, Any], password: str) -> None:
    """Services use their virtual host and administer nothing. Raises: HTTPError, URLError."""
    broker.send("POST", "definitions", definitions)
    admit(broker, SERVICES, password, ALL)


def admit(broker: Broker, user: str, password: str, rights: dict[str, str], *, vhost: str = VHOST) -> None:
    """A user with these rights and no others. Raises: HTTPError, URLError."""
    broker.send("PUT", f"users/{user}", {"password": password, "tags": ""})
    broker.send("PUT", f"permissions/{quote(vhost, safe='')}/{user}", rights)


if __name__ == "__main__":
    administrator = Broker(
        os.environ["RABBITMQ_MANAGEMENT_URL"],
        os.environ["RABBITMQ_DEFAULT_USER"],
        os.environ["RABBITMQ_DEFAULT_PASS"],
    )
    prepare(
        administrator, json.loads(DEFINITIONS.read_text(encoding="utf-8")), os.environ["RABBITMQ_PASSWORD"]
    )
    if subscribers := os.environ.get("RABBITMQ_SUBSCRIBER_PASSWORD"):
        admit(administrator, SUBSCRIBER, subscribers, EVENTS_ONLY)
