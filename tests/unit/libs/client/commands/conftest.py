from __future__ import annotations

import pytest
from entrepot_client import Client, Configuration

from tests.unit.libs.client.commands.terminal import Terminal
from tests.unit.libs.client.platform import URL, Platform


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    terminal = Terminal()

    def client(*_: object) -> Client:
        return Client(Configuration(url=URL, patience_seconds=0), wire=Platform(terminal.answers))

    monkeypatch.setattr(Client, "from_environment", client)
    monkeypatch.setenv("COLUMNS", "160")
    return terminal
