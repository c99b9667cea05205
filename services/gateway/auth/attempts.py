"""A modest brake on wrong sign-ins. Tokens cannot be guessed; this keeps guessing from costing us anything."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from libs.common.errors import TooMany

WINDOW_SECONDS: Final = 60.0
ATTEMPT_LIMIT: Final = 10
"""Wrong tokens within the window from one address; nobody mistypes a pasted token so often."""
ADDRESS_LIMIT: Final = 1_000
"""Addresses remembered at once: a bound for memory."""


class TooManySignIns(TooMany):
    """Too many wrong tokens came from your address; wait a minute."""

    code = "too-many-sign-ins"


class Attempts:
    """Counts wrong sign-ins by address, in this gateway alone."""

    def __init__(self) -> None:
        self._failures: dict[str, deque[float]] = {}

    def check(self, address: str) -> None:
        """Raises: TooManySignIns."""
        if len(self._recent(address)) >= ATTEMPT_LIMIT:
            raise TooManySignIns

    def failed(self, address: str) -> None:
        if len(self._failures) >= ADDRESS_LIMIT:
            self._failures.clear()
        self._failures.setdefault(address, deque()).append(_now())

    def _recent(self, address: str) -> deque[float]:
        failures = self._failures.get(address, deque())
        while failures and failures[0] < _now() - WINDOW_SECONDS:
            failures.popleft()
        return failures


def _now() -> float:
    return asyncio.get_running_loop().time()
