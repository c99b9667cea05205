from __future__ import annotations

import asyncio

import pytest

from libs.common.hosting import Hosting
from libs.common.registry import ExperimentNotFound, Registered
from services.gateway.proxy import resolve
from services.gateway.proxy.resolve import Experiments


class CountingRegistry:
    """Knows every slug but `none`; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def get_active(self, slug: str) -> Registered:
        self.asked += 1
        await self.gate.wait()
        if slug == "none":
            raise ExperimentNotFound
        platform = {
            "revision": self.asked,
            "digest": "d",
            "bundle": {"key": "k", "sha256": "s", "size": 1},
            "author": "a",
            "updated_at": "2024-02-29T00:00:00Z",
        }
        return Registered.model_validate(
            {"slug": slug, "manifest": {}, "platform": platform, "runtime_s3_uri": "file:///x"}
        )


class NoHostings:
    async def get(self, slug: str) -> Hosting | None:
        return None


@pytest.fixture
def registry() -> CountingRegistry:
    return CountingRegistry()


@pytest.fixture
def experiments(registry: CountingRegistry) -> Experiments:
    return Experiments(registry, NoHostings())  # type: ignore[arg-type]


async def test_many_who_ask_at_once_ask_once(experiments: Experiments, registry: CountingRegistry) -> None:
    registry.gate.clear()
    asking = [asyncio.create_task(experiments.find("click")) for _ in range(50)]
    await asyncio.sleep(0)
    registry.gate.set()
    found = await asyncio.gather(*asking)
    assert registry.asked == 1
    assert {experiment.slug for experiment in found} == {"click"}


async def test_one_who_gives_up_disturbs_no_other(
    experiments: Experiments, registry: CountingRegistry
) -> None:
    registry.gate.clear()
    first, second = (asyncio.create_task(experiments.find("click")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    registry.gate.set()
    assert (await second).slug == "click"


async def test_it_is_read_again_when_it_is_old_or_fresh_is_asked_for(
    experiments: Experiments, registry: CountingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    await experiments.find("click")
    await experiments.find("click")
    assert registry.asked == 1
    await experiments.find("click", fresh=True)
    assert registry.asked == 2
    monkeypatch.setattr(resolve, "CACHE_SECONDS", -1)
    await experiments.find("click")
    assert registry.asked == 3


@pytest.mark.parametrize("slug", ["UP", "", "a/b", "../x", "a" * 64])
async def test_what_is_no_slug_is_not_looked_up(
    experiments: Experiments, registry: CountingRegistry, slug: str
) -> None:
    with pytest.raises(ExperimentNotFound):
        await experiments.find(slug)
    assert registry.asked == 0


async def test_unknown_slugs_fill_no_memory(
    experiments: Experiments, registry: CountingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve, "REMEMBER_LIMIT", 10)
    for number in range(35):
        await experiments.find(f"slug-{number}")
    assert len(experiments._readings) <= 10
    for _ in range(2):
        with pytest.raises(ExperimentNotFound):
            await experiments.find("none")
    assert registry.asked == 36
