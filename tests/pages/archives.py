"""ZIPs to upload."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping

ACTOR = """import ray


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.scope = write_scope
"""
ROUTES = """from fastapi import APIRouter

bp = APIRouter()


@bp.get("/")
async def hello() -> dict[str, str]:
    return {"hello": "world"}
"""


def experiment(slug: str, **files: str | bytes) -> bytes:
    """A whole experiment; further files by name, with `__` for a dot."""
    content: dict[str, str | bytes] = {
        "manifest.json": json.dumps({"slug": slug, "name": slug.title(), "status": "active"}),
        "actor.py": ACTOR,
        "__init__.py": ROUTES,
        **{name.replace("__", "."): text for name, text in files.items()},
    }
    return zipped(content)


def zipped(content: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def noise(size: int) -> bytes:
    """What does not get smaller."""
    return os.urandom(size)
