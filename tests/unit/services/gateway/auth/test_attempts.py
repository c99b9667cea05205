from __future__ import annotations

import pytest

from services.gateway.auth import attempts
from services.gateway.auth.attempts import ADDRESS_LIMIT, ATTEMPT_LIMIT, Attempts, TooManySignIns


async def test_one_address_is_braked_and_the_others_are_not() -> None:
    counted = Attempts()
    for _ in range(ATTEMPT_LIMIT):
        counted.check("10.0.0.1")
        counted.failed("10.0.0.1")

    with pytest.raises(TooManySignIns):
        counted.check("10.0.0.1")
    counted.check("10.0.0.2")


async def test_a_minute_later_it_may_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counted, now = Attempts(), [0.0]
    monkeypatch.setattr(attempts, "_now", lambda: now[0])
    for _ in range(ATTEMPT_LIMIT):
        counted.failed("10.0.0.1")
    now[0] = attempts.WINDOW_SECONDS + 1

    counted.check("10.0.0.1")


async def test_memory_is_bounded() -> None:
    counted = Attempts()
    for number in range(3 * ADDRESS_LIMIT):
        counted.failed(str(number))

    assert len(counted._failures) <= ADDRESS_LIMIT
