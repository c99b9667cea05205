"""Whole exports on a real database: contents, names, reuse, healing, races."""

from __future__ import annotations

import hashlib
import re

import orjson
import pytest

from libs.common.events.exports import ExportKind
from libs.common.parts import Parts
from tests.integration.services.exporter.conftest import FILES, Export, Register

PLATFORM_FILES = {
    "standalone_main.py",
    "db_config.json",
    "db_collections.json",
    "db_types.json",
    "async_mongo_wrapper.py",
    "mongo_connection_pool.py",
    "experiment_db.py",
    "core_deps.py",
    "requirements.txt",
    "README.md",
}
DOCKER_FILES = {"Dockerfile", "docker-compose.yml", ".dockerignore"}


async def test_upload_ready_holds_the_experiments_files_alone(register: Register, export: Export) -> None:
    await register("click", name="Click")
    made = await export("click", ExportKind.UPLOAD_READY)
    assert set(made.zip.namelist()) == {*FILES, "manifest.json"}
    assert made.zip.read("static/logo.png") == FILES["static/logo.png"]
    assert made.zip.read("manifest.json") == orjson.dumps({"name": "Click"})
    assert b'src="/experiments/click/static/logo.png" data-src="static/logo.png"' in made.zip.read(
        "templates/index.html"
    )
