"""What routes read through core_deps, from a real database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import HTTPException, Request

from async_mongo_wrapper import Database
from core_deps import get_experiment_config, get_scoped_db
from experiment_db import get_experiment_db


@pytest.fixture
def request_to_click(platform_db: Database) -> Request:
    """A request as the host of experiment `click` hands it to a route."""
    app = SimpleNamespace(state=SimpleNamespace(mongo_db=platform_db))
    state = {"slug_id": "click", "read_scopes": ["click"]}
    return Request({"type": "http", "app": app, "state": state, "headers": []})


async def test_databases_of_a_request(request_to_click: Request, platform_db: Database) -> None:
    await (await get_experiment_db(request_to_click)).hits.insert_one({"_id": 1})
    assert await (await get_scoped_db(request_to_click)).hits.count_documents() == 1
    assert await platform_db.click_hits.find_one() == {"_id": 1, "experiment_id": "click"}


async def test_config_is_read_by_slug(request_to_click: Request, platform_db: Database) -> None:
    document: dict[str, Any] = {"_id": "click", "slug": "click", "name": "Click", "status": "active"}
    await platform_db.experiments_config.insert_one(document)
    assert await get_experiment_config(request_to_click, "click") == document
    assert await get_experiment_config(request_to_click, "click", {"_id": 0, "name": 1}) == {"name": "Click"}
    assert await get_experiment_config(request_to_click, "unknown") is None


async def test_config_needs_a_database() -> None:
    app = SimpleNamespace(state=SimpleNamespace())
    request = Request({"type": "http", "app": app, "state": {}, "headers": []})
    with pytest.raises(HTTPException, match="503"):
        await get_experiment_config(request, "click")
