"""The five examples, imported and answering."""

from __future__ import annotations

import json

import pytest

from services.importer.examples.load import load_examples
from tests.integration.services.importer.hosting.stage import Stage, example

pytestmark = [pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]


async def test_an_imported_experiment_serves(stage: Stage) -> None:
    await load_examples(stage.bench.parts.database, ["click"])
    await stage.put("click", example("click"))
    hosting = await stage.running("click", 1)
    status, page = await stage.get("click", "/")
    assert (status, b"Amber" in page) == (200, True)
    status, data = await stage.get("click", "/api/data")
    assert status == 200
    assert json.loads(data)["counts"]
    assert hosting.error == []


EXPECTED = {
    "click": ("/api/data", "counts"),
    "click_tracker": ("/api/data", "goals"),
    "event_board": ("/api/data", "events"),
    "sensor_log": ("/api/data?limit=5", "readings"),
    "store-front": ("/api/data", "stores"),
}


async def test_all_examples_serve_at_once(stage: Stage) -> None:
    await load_examples(stage.bench.parts.database)
    for slug in EXPECTED:
        await stage.put(slug, example(slug))
    for slug, (path, key) in EXPECTED.items():
        await stage.running(slug, 1)
        status, _ = await stage.get(slug, "/")
        assert status == 200, slug
        status, data = await stage.get(slug, path)
        assert (status, bool(json.loads(data)[key])) == (200, True), slug
    status, style = await stage.get("click", "/static/click.css")
    assert (status, style) == (200, example("click")["static/click.css"])
    status, _ = await stage.get("click", "")
    assert status == 307
