"""The broker's HTTP interface: virtual hosts per test, and what only the broker knows."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from typing import Any


class Management:
    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url.rstrip("/")
        self._token = b64encode(f"{user}:{password}".encode()).decode()

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON. Raises: urllib.error.URLError."""
        request = urllib.request.Request(
            f"{self._url}/api{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Basic {self._token}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def is_ready(self) -> bool:
        """Whether each virtual host is up."""
        try:
            answer = self.call("GET", "/health/checks/virtual-hosts")
        except OSError:
            return False
        return bool(answer["status"] == "ok")
