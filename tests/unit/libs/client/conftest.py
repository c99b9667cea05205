from __future__ import annotations

import pytest
from entrepot_client import events, jobs


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between two requests are for people's platforms."""
    monkeypatch.setattr(jobs, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(jobs, "LONGEST_PAUSE", 0.001)
    monkeypatch.setattr(events, "AGAIN_SECONDS", 0.001)
