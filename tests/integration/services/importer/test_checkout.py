from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from libs.common.archive.digest import hash_tree
from libs.common.events.imports import ExperimentAction
from libs.common.parts import Parts
from libs.common.registry import Registry
from services.importer.app import application
from services.importer.checkout import CHECKOUT, register_examples
from services.importer.context import Importer
from tests.integration.services.importer.bench import Bench
from tests.integration.services.importer.uploads import experiment
from tests.unit.services.importer.zips import write_tree


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    write_tree(tmp_path / "checkout" / "click", experiment() | {"__pycache__/x.pyc": "litter"})
    write_tree(tmp_path / "checkout" / "my-exp", experiment(None))
    write_tree(tmp_path / "checkout" / "broken", experiment("broken") | {"actor.py": "x = ("})
    write_tree(tmp_path / "checkout" / "no experiment", {"readme.txt": ""})
    return tmp_path / "checkout"


async def test_examples_are_there_when_the_service_is_ready(parts: Parts, checkout: Path) -> None:
    before = hash_tree(checkout)
    bench = Bench(parts, Importer.of(parts))

    async with application(parts, examples=checkout):
        assert await Registry(parts.database).slugs() == ["click", "my-exp"]
        assert bench.copied("click") == experiment()
        (version,) = await bench.revisions("click")
        assert (version["author"], version["origin"]) == ("examples", "example")

    assert hash_tree(checkout) == before


async def test_a_second_start_registers_nothing_again(parts: Parts, checkout: Path) -> None:
    bench = Bench(parts, Importer.of(parts))
    for _ in range(2):
        async with application(parts, examples=checkout):
            pass

    assert len(await bench.revisions("click")) == 1
    assert await parts.database["jobs"].count_documents({}) == 3


async def test_what_was_deleted_stays_deleted(parts: Parts, checkout: Path) -> None:
    bench = Bench(parts, Importer.of(parts))
    async with application(parts, examples=checkout):
        await bench.ask("click", ExperimentAction.DELETE)

    async with application(parts, examples=checkout):
        assert await Registry(parts.database).slugs() == ["my-exp"]


async def test_replicas_that_start_together_register_once(
    parts: Parts, checkout: Path, tmp_path: Path
) -> None:
    bench = Bench(parts, Importer.of(parts))
    async with application(parts, examples=tmp_path / "none"):
        await asyncio.gather(*(register_examples(bench.importer, checkout) for _ in range(4)))

    assert await parts.database["jobs"].count_documents({}) == 3
    assert len(await bench.revisions("click")) == 1


async def test_the_projects_own_examples_with_their_data(parts: Parts) -> None:
    slugs = sorted(path.name for path in CHECKOUT.iterdir() if (path / "manifest.json").exists())
    assert len(slugs) >= 4

    async with application(parts):
        assert await Registry(parts.database).slugs() == slugs

    names = await parts.database.list_collection_names()
    assert all(any(name.startswith(f"{slug}_") for name in names) for slug in slugs)
