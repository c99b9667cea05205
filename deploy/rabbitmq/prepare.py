"""Gives the broker its definitions and the services' user, through the management interface; again at each start."""

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
    broker.send("PUT", f"users/{SERVICES}", {"password": password, "tags": ""})
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    broker.send("PUT", f"permissions/{quote(VHOST, safe='')}/{SERVICES}", rights)


if __name__ == "__main__":
    prepare(
        Broker(
            os.environ["RABBITMQ_MANAGEMENT_URL"],
            os.environ["RABBITMQ_DEFAULT_USER"],
            os.environ["RABBITMQ_DEFAULT_PASS"],
        ),
        json.loads(DEFINITIONS.read_text(encoding="utf-8")),
        os.environ["RABBITMQ_PASSWORD"],
    )
