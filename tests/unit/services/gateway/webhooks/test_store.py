from __future__ import annotations

from datetime import timedelta

from services.gateway.webhooks.model import new_secret
from services.gateway.webhooks.store import LONGEST_DELAY, delay_after


def test_the_delay_grows_and_has_an_end() -> None:
    for failures in range(1, 40):
        least = min(timedelta(seconds=2 * 2 ** (failures - 1)), LONGEST_DELAY)
        assert least <= delay_after(failures) <= least * 1.2


def test_a_day_has_room_for_many_tries() -> None:
    tried, passed = 0, timedelta()
    while passed < timedelta(hours=24):
        tried += 1
        passed += delay_after(tried)
    assert tried > 25


def test_each_secret_is_new() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
