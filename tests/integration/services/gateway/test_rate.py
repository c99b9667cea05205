"""A caller's requests are counted over all gateways; who sends too many is told when to come again."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from libs.common.database.client import Database, Document
from libs.common.database.collections import RATE_LIMITS
from libs.common.jobs.model import Role
from libs.common.limits import Limits
from services.gateway.rate import SHARES, RateLimit, TooManyRequests
from tests.integration.services.gateway.house import Gateway

LIMIT = 40


@pytest.fixture(autouse=True)
async def long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not end while a test runs; windows begin at multiples of their length."""
    monkeypatch.setattr("services.gateway.rate.WINDOW_SECONDS", 10**8)


async def admitted(limit: RateLimit, caller: str, times: int) -> int:
    results = await asyncio.gather(*(limit.admit(caller) for _ in range(times)), return_exceptions=True)
    kinds = Counter(type(result) for result in results)
    assert kinds.keys() <= {type(None), TooManyRequests}, results
    return kinds[type(None)]


async def one_by_one(limit: RateLimit, caller: str, times: int) -> int:
    return sum([await admitted(limit, caller, 1) for _ in range(times)])


async def test_the_limit_counts_over_all_gateways(database: Database) -> None:
    gateways = [RateLimit(database, per_minute=LIMIT) for _ in range(3)]
    counts = [await one_by_one(gateway, "ana", LIMIT) for gateway in gateways]

    assert sum(counts) == LIMIT
    assert await one_by_one(gateways[0], "bo", LIMIT + 1) == LIMIT


async def test_never_more_are_let_in_however_many_come_at_once(database: Database) -> None:
    gateways = [RateLimit(database, per_minute=LIMIT) for _ in range(3)]
    counts = await asyncio.gather(*(admitted(gateway, "ana", LIMIT) for gateway in gateways))

    assert sum(counts) == LIMIT


async def test_the_next_minute_begins_anew(database: Database) -> None:
    gateway = RateLimit(database, per_minute=LIMIT)
    assert await one_by_one(gateway, "ana", LIMIT + 1) == LIMIT
    await database[RATE_LIMITS].update_many({}, [{"$set": {"ends_at": {"$subtract": ["$ends_at", 1]}}}])

    assert await one_by_one(RateLimit(database, per_minute=LIMIT), "ana", LIMIT + 1) == LIMIT


async def test_the_database_is_asked_for_one_request_in_many(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = RateLimit(database, per_minute=100 * SHARES)
    asked = Counter[str]()
    count = RateLimit._count

    async def counted(self: RateLimit, caller: str) -> Document:
        asked[caller] += 1
        return await count(self, caller)

    monkeypatch.setattr(RateLimit, "_count", counted)
    assert await admitted(gateway, "ana", 250) == 250

    assert asked == {"ana": 3}


class TestOverHttp:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(requests_per_minute=2)

    async def test_who_sends_too_many_is_told_when_to_come_again(self, gateway: Gateway) -> None:
        async def ask(role: Role) -> tuple[int, str]:
            async with gateway.http.get("/api/experiments", headers=await gateway.token(role)) as response:
                return response.status, response.headers.get("Retry-After", "")

        assert [await ask(Role.VIEWER) for _ in range(2)] == [(200, "")] * 2
        status, retry_after = await ask(Role.VIEWER)
        assert status == 429
        assert int(retry_after) >= 1
        assert (await ask(Role.DEVELOPER))[0] == 200
        async with gateway.http.get("/livez") as response:  # probes are nobody's
            assert response.status == 200
